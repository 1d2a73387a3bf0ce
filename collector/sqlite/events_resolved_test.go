package sqlite

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

// resolvedBySQL returns the persons of a project's events by distinct_id, as somebody reads them who has only the file.
func resolvedBySQL(t *testing.T, path, token string) map[string]string {
	t.Helper()
	conn, err := sqlite3.Open("file:" + path + "?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	s, _, err := conn.Prepare("SELECT distinct_id, person FROM events_resolved WHERE token = ?")
	require.NoError(t, err)
	require.NoError(t, s.BindText(1, token))
	persons := map[string]string{}
	for s.Step() {
		persons[s.ColumnText(0)] = s.ColumnText(1)
	}
	require.NoError(t, s.Close())
	return persons
}

// The view says of every id what identity.Graph says, of random claims with chains, conflicts and circles, in two projects.
func TestEventsResolvedEqualsGraph(t *testing.T) {
	circles, conflicts, moved := 0, 0, 0
	for round := range 40 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		names := 3 + r.IntN(20)
		id := func() string { return fmt.Sprint("id", r.IntN(names)) }
		path := filepath.Join(t.TempDir(), fmt.Sprint(round, ".db"))
		s := openStore(t, path)
		var events []event.Event
		for i := range 2 * names {
			e := claimEvent(id(), id(), fmt.Sprint("c", i), 1+r.Int64N(50), 0).Event
			e.Token = []string{"t", "u"}[r.IntN(2)]
			events = append(events, e)
		}
		for i := range names {
			for _, token := range []string{"t", "u"} {
				events = append(events, event.Event{Token: token, Name: "E", DistinctID: fmt.Sprint("id", i), InsertID: fmt.Sprint(token, i), SentMS: 1, Properties: "{}"})
			}
		}
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: events}))
		graphs := map[string]*identity.Graph{"t": identity.NewGraph(), "u": identity.NewGraph()}
		for _, c := range allClaims(t, s.Store) {
			graphs[c.Token].Add(c.Claim)
		}
		for token, graph := range graphs {
			for id, person := range resolvedBySQL(t, path, token) {
				require.Equal(t, graph.Resolve(id), person, "seed %d, %s of %s", seed, id, token)
				if id != person {
					moved++
				}
				for _, c := range graph.Person(id).Conflicts {
					switch c.Reason {
					case identity.ReasonCircle:
						circles++
					default:
						conflicts++
					}
				}
			}
		}
		require.NoError(t, s.Close())
	}
	assert.Greater(t, circles, 20, "the claims have circles")
	assert.Greater(t, conflicts, 200, "and conflicts")
	assert.Greater(t, moved, 200)
}

// Its other columns are those of the event, and its time is corrected as everywhere.
func TestEventsResolvedColumns(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{
		{Token: "t", Name: "untimed", DistinctID: "jane", InsertID: "i1", Properties: `{"a":1}`},
		{Token: "t", Name: "corrected", DistinctID: "jane", InsertID: "i2", SentMS: 5000, ClockMS: -1000, Properties: `{"a":2}`},
		{Token: "t", Name: "$create_alias", DistinctID: "$device:1", InsertID: "i3", SentMS: 7000, Alias: "jane", Properties: `{"a":3}`},
	}}))
	var rows []string
	require.NoError(t, s.readers.query(t.Context(), func(row *sqlite3.Stmt) bool {
		var columns []string
		for i := range row.ColumnCount() {
			columns = append(columns, row.ColumnName(i)+"="+row.ColumnText(i))
		}
		rows = append(rows, strings.Join(columns, " "))
		return true
	}, "SELECT * FROM events_resolved ORDER BY id"))
	assert.Equal(t, []string{
		`id=1 token=t event=untimed time_ms=1700000000000 sent_ms=0 received_ms=1700000000000 distinct_id=jane person=$device:1 insert_id=i1 alias= properties={"a":1}`,
		`id=2 token=t event=corrected time_ms=4000 sent_ms=5000 received_ms=1700000000000 distinct_id=jane person=$device:1 insert_id=i2 alias= properties={"a":2}`,
		`id=3 token=t event=$create_alias time_ms=7000 sent_ms=7000 received_ms=1700000000000 distinct_id=$device:1 person=$device:1 insert_id=i3 alias=jane properties={"a":3}`,
	}, rows)
}

// The view asks for the claims of an event by an index: it costs the same with a million aliases.
func TestEventsResolvedUsesIndexes(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	var plan []string
	require.NoError(t, s.readers.query(t.Context(), func(row *sqlite3.Stmt) bool { plan = append(plan, row.ColumnText(3)); return true },
		"EXPLAIN QUERY PLAN SELECT person FROM events_resolved WHERE id = 7"))
	assert.Contains(t, plan, "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")
	assert.Contains(t, plan, "SEARCH c USING COVERING INDEX claims_by_alias (project=? AND alias=?)")
	for _, step := range plan {
		assert.NotRegexp(t, `^SCAN (e|p|c|f|claims|projects)( |$)`, step)
	}
}
