package sqlite

import (
	"cmp"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

// oldDatabase returns a database as a collector of version 1 left it, with these events in the order in which they came.
func oldDatabase(t *testing.T, events []event.Stored) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "events.db")
	conn, err := sqlite3.Open(path)
	require.NoError(t, err)
	schema, err := migrations.ReadFile("migrations/1.sql")
	require.NoError(t, err)
	require.NoError(t, conn.Exec(string(schema)))
	require.NoError(t, conn.Exec(fmt.Sprintf("PRAGMA user_version = 1; PRAGMA application_id = %d", applicationID)))
	project, _, err := conn.Prepare("INSERT INTO projects (token) VALUES (?) ON CONFLICT DO NOTHING")
	require.NoError(t, err)
	add, _, err := conn.Prepare(`INSERT INTO events (project, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties)
		VALUES ((SELECT id FROM projects WHERE token = ?), ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	require.NoError(t, err)
	for _, e := range events {
		require.NoError(t, execute(project, e.Token))
		require.NoError(t, execute(add, e.Token, e.Name, e.DistinctID, e.SentMS, e.ReceivedMS, e.InsertID, e.Alias, "{}"))
	}
	require.NoError(t, disconnect(conn))
	return path
}

func claimEvent(alias, distinctID, insertID string, sentMS, receivedMS int64) event.Stored {
	return event.Stored{ReceivedMS: receivedMS, Event: event.Event{
		Token: "t", Name: "$create_alias", DistinctID: distinctID, SentMS: sentMS, InsertID: insertID, Alias: alias, Properties: "{}",
	}}
}

// allClaims returns every claim in the order of acceptance.
func allClaims(t *testing.T, s *Store) (claims []event.Claim) {
	t.Helper()
	require.NoError(t, s.readers.query(t.Context(), func(row *sqlite3.Stmt) bool {
		claims = append(claims, event.Claim{Token: row.ColumnText(0), Claim: identity.Claim{
			Alias: row.ColumnText(1), DistinctID: row.ColumnText(2), Seq: row.ColumnInt64(3), TimeMS: row.ColumnInt64(4), InsertID: row.ColumnText(5),
		}})
		return true
	}, "SELECT token, alias, distinct_id, seq, time_ms, insert_id FROM claims JOIN projects ON projects.id = project ORDER BY seq"))
	return claims
}

// graphOf opens a database and returns the graph of all claims of the project t.
func graphOf(t *testing.T, path string) (graph *identity.Graph, seqs []int64) {
	t.Helper()
	store, err := Open(Config{Path: path, OnCommit: func(event.Changes) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	graph = identity.NewGraph()
	for _, c := range allClaims(t, store) {
		seqs = append(seqs, c.Seq)
		if c.Token == "t" {
			graph.Add(c.Claim)
		}
	}
	require.NoError(t, store.Close())
	return graph, seqs
}

// Version 1 ordered claims by the clients' times, not by arrival. The migration keeps every alias with its owner, and every later claim
// comes after all of these, whatever its time is.
func TestMigrationKeepsAliasOwners(t *testing.T) {
	const hour = 3_600_000
	path := oldDatabase(t, []event.Stored{
		claimEvent("jane", "$device:late", "a", 5*hour, 9*hour),
		{ReceivedMS: 1, Event: event.Event{Token: "t", Name: "E", DistinctID: "jane", SentMS: 1, InsertID: "e", Properties: "{}"}},
		claimEvent("jane", "$device:early", "b", 4*hour, 9*hour+1),
		claimEvent("same", "$device:2", "b", hour, hour),
		claimEvent("same", "$device:1", "a", hour, hour),
		claimEvent("untimed", "$device:sent", "a", 3*hour, hour),
		claimEvent("untimed", "$device:received", "b", 0, 2*hour), // without a client's time
		claimEvent("itself", "itself", "s", 1, 1),
		claimEvent("A", "B", "c1", 3*hour, hour), claimEvent("B", "A", "c2", hour, 3*hour), // a cycle: the claim with the later time loses
	})
	owners := map[string]string{
		"jane": "$device:early", "same": "$device:1", "untimed": "$device:received", "itself": "itself", "A": "A", "B": "A",
	}
	graph, seqs := graphOf(t, path)
	for alias, owner := range owners {
		assert.Equal(t, owner, graph.Resolve(alias))
	}
	require.Len(t, graph.Person("jane").Conflicts, 1)
	assert.Equal(t, "$device:late", graph.Person("jane").Conflicts[0].DistinctID)
	assert.Equal(t, int64(5*hour), graph.Person("jane").Conflicts[0].TimeMS)
	assert.Len(t, seqs, 8)

	s := openStore(t, path)
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{
		claimEvent("jane", "$device:forged", "0", 1, 0).Event, claimEvent("itself", "$device:new", "0", 1, 0).Event,
		claimEvent("jane", "$device:late", "a", 5*hour, 0).Event, // a repeated delivery, already stored
	}}))
	require.Len(t, s.changes[0].Claims, 2)
	assert.Greater(t, s.changes[0].Claims[0].Seq, slices.Max(seqs))
	require.NoError(t, s.Close())
	owners["itself"] = "$device:new"
	graph, _ = graphOf(t, path)
	for alias, owner := range owners {
		assert.Equal(t, owner, graph.Resolve(alias))
	}
}

// The same for random claims: after the migration every person, with its conflicts, is the same as by the old rule.
func TestMigrationKeepsEveryPerson(t *testing.T) {
	for range 20 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		id := func() string { return string(rune('A' + r.IntN(12))) }
		var events []event.Stored
		for i := range 60 {
			e := claimEvent(id(), id(), fmt.Sprint(r.IntN(3), "-", i), r.Int64N(10), 1+r.Int64N(10))
			e.Token = []string{"t", "u"}[r.IntN(2)]
			events = append(events, e)
		}
		path := oldDatabase(t, events)

		byTime := slices.Clone(events)
		slices.SortFunc(byTime, func(a, b event.Stored) int {
			return cmp.Or(cmp.Compare(a.TimeMS(), b.TimeMS()), cmp.Compare(a.InsertID, b.InsertID), cmp.Compare(a.DistinctID, b.DistinctID), cmp.Compare(a.Alias, b.Alias))
		})
		want, seq := identity.NewGraph(), int64(0)
		different := map[[3]string]bool{}
		for _, e := range byTime {
			if claim, ok := e.Claim(); ok {
				different[[3]string{claim.Token, claim.Alias, claim.DistinctID}] = true
				seq++
				if claim.Seq = seq; e.Token == "t" {
					want.Add(claim.Claim)
				}
			}
		}
		got, seqs := graphOf(t, path)
		assert.Len(t, seqs, len(different), "a claim that was repeated is one")
		for letter := range 12 {
			name := string(rune('A' + letter))
			require.Equal(t, want.Person(name), got.Person(name), "seed %d", seed)
		}
	}
}

// A Seq is never used twice, even if the newest claims were deleted (because somebody asked to be forgotten) and the file was vacuumed.
func TestClaimSeqIsNeverReused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openStore(t, path)
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("a", "1", "1", 1, 1).Event, claimEvent("b", "2", "2", 1, 1).Event}}))
	require.NoError(t, s.Close())
	conn, err := sqlite3.Open(path)
	require.NoError(t, err)
	require.NoError(t, conn.Exec("DELETE FROM claims WHERE alias = 'b'; DELETE FROM events WHERE alias = 'b'; VACUUM"))
	require.NoError(t, conn.Close())
	s = openStore(t, path)
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("c", "3", "3", 1, 1).Event}}))
	assert.Equal(t, int64(3), s.changes[0].Claims[0].Seq)
	require.NoError(t, s.Close())
	_, seqs := graphOf(t, path)
	assert.Equal(t, []int64{1, 3}, seqs)
}

// The graph of a running collector equals the one that is built when it starts: repeated events and failed commits change nothing.
func TestRebuiltGraphEqualsLiveGraph(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openStore(t, path)
	for i := range 300 {
		e := claimEvent(string(rune('A'+rand.IntN(9))), string(rune('A'+rand.IntN(9))), fmt.Sprint(rand.IntN(200)), rand.Int64N(50), 0).Event
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{e, e}}), i)
	}
	require.NoError(t, s.Close())
	live := identity.NewGraph()
	for _, changes := range s.changes {
		for _, c := range changes.Claims {
			live.Add(c.Claim)
		}
	}
	rebuilt, _ := graphOf(t, path)
	for letter := range 9 {
		id := string(rune('A' + letter))
		assert.Equal(t, live.Person(id), rebuilt.Person(id))
	}
}

// A database that another collector is using, perhaps an older one, is not migrated under it.
func TestNoMigrationOfADatabaseInUse(t *testing.T) {
	path := oldDatabase(t, []event.Stored{claimEvent("a", "1", "1", 1, 1)})
	lock, err := acquireLock(path)
	require.NoError(t, err)
	open := func() error {
		s, err := Open(Config{Path: path, OnCommit: func(event.Changes) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			return err
		}
		return s.Close()
	}
	require.ErrorIs(t, open(), ErrInUse)
	conn, err := sqlite3.Open(path)
	require.NoError(t, err)
	version, err := schemaVersion(conn)
	require.NoError(t, err)
	assert.Less(t, version, latestSchema)
	require.NoError(t, conn.Close())
	require.NoError(t, lock.Close())
	require.NoError(t, open())
}
