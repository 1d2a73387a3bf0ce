//go:build unix

package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/postgres/pgtest"
	"github.com/throughline/throughline/collector/store"
)

func configOf(log *testlog.Buffer) store.Config {
	return store.Config{OnCommit: func(event.Changes) {}, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now}
}

func openStore(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open(address, configOf(&testlog.Buffer{}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// execute runs statements in a connection of its own.
func execute(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
}

func batchOf(insertIDs ...string) (b event.Batch) {
	for _, id := range insertIDs {
		b.Events = append(b.Events, event.Event{Token: "t", Name: "E", DistinctID: "d", SentMS: 1, InsertID: id, Properties: "{}"})
	}
	return b
}

func stored(t *testing.T, s *Store) (insertIDs []string) {
	t.Helper()
	events, err := s.After(t.Context(), "t", 0, 100_000)
	require.NoError(t, err)
	for _, e := range events {
		insertIDs = append(insertIDs, e.InsertID)
	}
	return insertIDs
}

// Ten collectors that start at once on an empty database create the tables once, and all can store at once.
func TestTenMigrationsAtOnce(t *testing.T) {
	for range 3 {
		address := newDatabase(t)
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				s, err := Open(address, configOf(&testlog.Buffer{}))
				if assert.NoError(t, err) {
					assert.NoError(t, s.Store(t.Context(), batchOf(fmt.Sprint(i))))
					assert.NoError(t, s.Close())
				}
			})
		}
		group.Wait()
		assert.Len(t, stored(t, openStore(t, address)), 10)
	}
}

// A newer schema is refused by an older collector, and so is a database of another program; both are left as they are.
func TestForeignDatabases(t *testing.T) {
	newer := newDatabase(t)
	require.NoError(t, openStoreAndClose(newer))
	execute(t, newer, "UPDATE throughline_schema SET version = 99")
	require.ErrorContains(t, openStoreAndClose(newer), "its schema is version 99, and this collector knows up to 2: it was written by a newer one")

	foreign := newDatabase(t)
	execute(t, foreign, "CREATE TABLE events (id int)")
	require.ErrorIs(t, openStoreAndClose(foreign), errForeign)
	require.ErrorIs(t, openStoreAndClose(foreign), errForeign, "nothing was created at the first attempt")
}

func openStoreAndClose(address string) error {
	s, err := Open(address, configOf(&testlog.Buffer{}))
	if err != nil {
		return err
	}
	return s.Close()
}

// While one collector migrates, one that runs goes on.
func TestMigrationLocksNobodyOut(t *testing.T) {
	address := newDatabase(t)
	s := openStore(t, address)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM throughline_schema WHERE one FOR UPDATE")
	require.NoError(t, err)
	require.NoError(t, s.Store(t.Context(), batchOf("while")))
	require.NoError(t, openStoreAndClose(address), "nor is one that starts and has nothing to migrate")
	require.NoError(t, tx.Rollback(t.Context()))
}

// A database that would acknowledge what it can lose is refused.
func TestSynchronousCommitOff(t *testing.T) {
	address := newDatabase(t)
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET synchronous_commit = off", config.Database))
	require.ErrorIs(t, openStoreAndClose(address), errNotDurable)
	execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET synchronous_commit = on", config.Database))
	s := openStore(t, address)
	require.NoError(t, s.Store(t.Context(), batchOf("durable")))

	// Nor is it used any more once that has changed, as on the server that a failover leads to.
	execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET synchronous_commit = off", config.Database),
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'throughline-collector' AND datname = current_database()")
	require.ErrorIs(t, s.Store(t.Context(), batchOf("lost")), errNotDurable)
	require.Error(t, s.Ready(t.Context()))
	execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET synchronous_commit = on", config.Database))
	require.NoError(t, s.Store(t.Context(), batchOf("durable again")))
	assert.Equal(t, []string{"durable", "durable again"}, stored(t, s))
}

// An address of which nobody can say where the password ends is refused, and nothing of it is looked up or shown.
func TestAmbiguousAddresses(t *testing.T) {
	for _, address := range []string{
		"postgres://jane:sec@cret@db1/shop", "postgres://jane:sec/cret@db1/shop", "postgres://jane:sec?cret@db1/shop", "postgres://jane:sec#cret@db1/shop",
		"postgres://db1/shop?user=jane&password=sec@cret", "postgres://jane:sec%zzcret@db1/shop", "postgres://jane:sec cret@db1/shop",
	} {
		err := openStoreAndClose(address)
		require.Error(t, err)
		assert.NotRegexp(t, "sec|cret", err.Error())
	}
}

// An address is shown without its password, also where it is wrong.
func TestWithoutPassword(t *testing.T) {
	for db, want := range map[string]string{
		"throughline.db": "throughline.db",
		"postgres://jane:secret@db1,db2:6432/shop?target_session_attrs=read-write": "postgres://jane@db1:5432,db2:6432/shop",
		"postgres://jane@db1/shop?password=secret":                                 "postgres://jane@db1:5432/shop",
		"postgres://jane:secret@db1:port/shop":                                     "PostgreSQL",
		"postgres://jane:sec@cret/part@db1/shop":                                   "PostgreSQL",
	} {
		assert.Equal(t, want, WithoutPassword(db))
	}
	_, err := Open("postgres://jane:secret@db1:port/shop", configOf(&testlog.Buffer{}))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}

// What PostgreSQL cannot store harms only the request that has it, and not those that are committed with it.
func TestPoisonedJob(t *testing.T) {
	address := newDatabase(t)
	s := openStore(t, address)
	execute(t, address, "ALTER TABLE events ADD CHECK (insert_id <> 'poison')")
	hold, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, hold.Close(context.Background())) }()
	tx, err := hold.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM turn WHERE one FOR UPDATE") // so that jobs wait and are committed together
	require.NoError(t, err)
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() { assert.NoError(t, s.Store(t.Context(), batchOf(fmt.Sprint(i)))) })
		if i%10 == 0 {
			group.Go(func() { assert.Error(t, s.Store(t.Context(), batchOf("poison"))) })
		}
	}
	time.Sleep(200 * time.Millisecond)
	require.NoError(t, tx.Rollback(t.Context()))
	group.Wait()
	assert.Len(t, stored(t, s), 50)
}

// A collector that freezes while it has the turn does not stop the others for long.
func TestFrozenCollector(t *testing.T) {
	address := newDatabase(t)
	s := openStore(t, address)
	frozen, err := s.reserved.Acquire(t.Context())
	require.NoError(t, err)
	defer frozen.Release()
	_, err = frozen.Exec(t.Context(), "BEGIN; SELECT FROM turn WHERE one FOR UPDATE")
	require.NoError(t, err)
	begun := time.Now()
	require.NoError(t, s.Store(t.Context(), batchOf("after")))
	assert.Less(t, time.Since(begun), 8*time.Second)
}

// The server is killed and started again under load: what was acknowledged is there, once, and nobody saw an error.
func TestServerKilled(t *testing.T) {
	own, err := pgtest.Start(t.TempDir())
	require.NoError(t, err)
	defer own.Stop()
	require.NoError(t, own.CreateDatabase("events"))
	s := openStore(t, own.DSN("events"))
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	l := startLoad(t, s)
	for range rounds {
		time.Sleep(300 * time.Millisecond)
		own.Kill()
		require.NoError(t, own.Restart())
	}
	time.Sleep(300 * time.Millisecond)
	l.stop()
	assert.Empty(t, l.failures)
	l.requireOnce(t, s)
}

// load is clients that store events, each until it is acknowledged.
type load struct {
	stop         func()
	acknowledged []string
	failures     []error
	longest      time.Duration
}

func startLoad(t *testing.T, stores ...*Store) *load {
	l := &load{}
	var group sync.WaitGroup
	var mu sync.Mutex
	ended := make(chan struct{})
	for client := range 8 {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				var ids []string
				for i := range 1 + (client+n)%30 {
					ids = append(ids, fmt.Sprint(client, "-", n, "-", i))
				}
				begun := time.Now()
				err := stores[n%len(stores)].Store(t.Context(), batchOf(ids...))
				mu.Lock()
				l.longest = max(l.longest, time.Since(begun))
				if err != nil {
					l.failures = append(l.failures, err)
				} else {
					l.acknowledged = append(l.acknowledged, ids...)
				}
				mu.Unlock()
			}
		})
	}
	l.stop = func() {
		close(ended)
		group.Wait()
	}
	return l
}

// requireOnce requires that everything that was acknowledged is stored, and nothing twice.
func (l *load) requireOnce(t *testing.T, s *Store) {
	t.Helper()
	counts := map[string]int{}
	for last := int64(0); ; {
		events, err := s.After(t.Context(), "t", last, 10_000)
		require.NoError(t, err)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			counts[e.InsertID]++
			last = e.ID
		}
	}
	for id, n := range counts {
		require.Equal(t, 1, n, id)
	}
	lost := 0
	for _, id := range l.acknowledged {
		if counts[id] == 0 {
			lost++
		}
	}
	assert.Zero(t, lost, "acknowledged and lost")
	assert.NotEmpty(t, l.acknowledged)
	t.Logf("%d events acknowledged, longest wait %s", len(l.acknowledged), l.longest)
}

// pair is a primary that waits for its standby.
func startPair(t *testing.T) (primary, standby *pgtest.Server, address string) {
	t.Helper()
	primary, err := pgtest.Start(t.TempDir(), "synchronous_standby_names = 'standby'", "wal_receiver_status_interval = 1s")
	require.NoError(t, err)
	t.Cleanup(primary.Stop)
	// Nothing can be committed before the standby is there.
	standby, err = primary.Standby(t.TempDir(), "standby")
	require.NoError(t, err)
	t.Cleanup(standby.Stop)
	require.NoError(t, primary.CreateDatabase("events"))
	return primary, standby, fmt.Sprintf("postgres://postgres@127.0.0.1:%d,127.0.0.1:%d/events?sslmode=disable", primary.Port, standby.Port)
}

// The primary is killed under load, and its standby promoted: what was acknowledged is there, once, and nobody saw an error.
func TestFailover(t *testing.T) {
	rounds := 2
	if testing.Short() {
		rounds = 1
	}
	for range rounds {
		primary, standby, address := startPair(t)
		stores := []*Store{openStore(t, address), openStore(t, address)}
		l := startLoad(t, stores...)
		time.Sleep(500 * time.Millisecond)
		primary.Kill()
		require.NoError(t, standby.Promote())
		time.Sleep(500 * time.Millisecond)
		l.stop()
		assert.Empty(t, l.failures)
		l.requireOnce(t, stores[1])
	}
}

// While the standby is cut off nothing is acknowledged: not what is new, not what is sent again and is already on the primary, and not what
// somebody ends the wait of.
func TestStandbyCutOff(t *testing.T) {
	primary, standby, address := startPair(t)
	s := openStore(t, address)
	require.NoError(t, s.Store(t.Context(), batchOf("before")))
	standby.Kill()
	store := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		return s.Store(ctx, batchOf("while"))
	}
	outcome := make(chan error, 2)
	go func() { outcome <- store() }()
	go func() { outcome <- store() }()
	require.Eventually(t, func() bool {
		waiting, err := primary.Query("events", "SELECT pg_cancel_backend(pid)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		return err == nil && len(waiting) > 0
	}, 5*time.Second, 10*time.Millisecond, "somebody ends the wait")
	select {
	case err := <-outcome:
		require.Error(t, err, "a commit that is on the primary only was acknowledged")
	case <-time.After(1500 * time.Millisecond): // It is waited for: nothing is said.
	}
	require.NoError(t, standby.Restart())
	require.NoError(t, s.Store(t.Context(), batchOf("while", "after")))
	primary.Kill()
	require.NoError(t, standby.Promote())
	assert.ElementsMatch(t, []string{"before", "while", "after"}, stored(t, s))
}

// Where several hosts are named and the primary waits for none of the others, the log says what that can cost.
func TestWarnsWithoutSynchronousStandby(t *testing.T) {
	log := &testlog.Buffer{}
	s, err := Open(strings.Replace(newDatabase(t), "127.0.0.1", "127.0.0.2:1,127.0.0.1", 1), configOf(log))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.Contains(t, log.String(), "a failover can lose events that were acknowledged")
}

// Whatever a database has as its default, commits see what was accepted before their turn, and do not fail because of each other.
func TestIsolation(t *testing.T) {
	for _, isolation := range []string{"repeatable read", "serializable"} {
		address := newDatabase(t)
		config, err := pgx.ParseConfig(address)
		require.NoError(t, err)
		execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET default_transaction_isolation = '%s'", config.Database, isolation))
		stores := []*Store{openStore(t, address), openStore(t, address)}
		const aliases, senders = 40, 4
		var group sync.WaitGroup
		for sender := range senders {
			group.Go(func() {
				for n := range aliases {
					assert.NoError(t, stores[sender%2].Store(t.Context(), event.Batch{Events: []event.Event{{
						Token: "t", Name: "$create_alias", Alias: fmt.Sprint("alias", n), DistinctID: fmt.Sprint("d", sender), InsertID: fmt.Sprint(sender), SentMS: int64(n + 1), Properties: "{}",
					}}}))
				}
			})
		}
		group.Wait()
		assert.Equal(t, fmt.Sprint(aliases, senders*aliases), askedOf(t, address, "SELECT count(*) FILTER (WHERE first) || ' ' || count(*) FROM claims"), isolation)
	}
}

// Without prepared statements, as behind a pool that hands out another connection for each transaction, everything works that a commit has, and
// everything that is read.
func TestWithoutPreparedStatements(t *testing.T) {
	for _, mode := range []string{"exec", "simple_protocol"} {
		s := openStore(t, newDatabase(t)+"&default_query_exec_mode="+mode)
		batch := batchOf("1", "2")
		batch.Events = append(batch.Events, event.Event{
			Token: "t", Name: "$create_alias", Alias: "jane", DistinctID: "d", InsertID: "3", SentMS: 1, Properties: `{"a":"é\"\\' 😀"}`,
		})
		batch.Updates = []event.Update{
			{Token: "t", Subject: "d", Operations: `{"$set":{"a":1}}`}, {Token: "t", Subject: "d", Operations: `{"$delete":""}`, Deletes: true},
			{Token: "t", Subject: "d", Operations: `{"$set":{"b":2}}`},
		}
		require.NoError(t, s.Store(t.Context(), batch), mode)
		require.NoError(t, s.Store(t.Context(), batch), mode)
		assert.Equal(t, []string{"1", "2", "3"}, stored(t, s))
		events, _, err := s.EventsBetween(t.Context(), "t", 0, 10, "")
		require.NoError(t, err)
		assert.Len(t, events, 3)
		members, err := s.Claims().Members(t.Context(), "t", "d", "", 10)
		require.NoError(t, err)
		assert.Equal(t, []string{"d", "jane"}, members)
		_, err = s.Erase(t.Context(), "t", "jane")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(stored(t, s)) == 0 }, 10*time.Second, 10*time.Millisecond)
		require.NoError(t, s.Store(t.Context(), batch), "of before the deletion")
		assert.Empty(t, stored(t, s))
	}
}
