package sqlite

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// between returns the insert ids of all pages, sorted.
func between(t *testing.T, s *Store, token string, fromMS, toMS int64) (ids []string, pages int) {
	t.Helper()
	for after := ""; ; {
		events, next, err := s.EventsBetween(t.Context(), token, fromMS, toMS, after)
		require.NoError(t, err)
		pages++
		for _, e := range events {
			assert.Equal(t, token, e.Token)
			assert.NotEmpty(t, e.Properties)
			ids = append(ids, e.InsertID)
		}
		if after = next; after == "" {
			slices.Sort(ids)
			return ids, pages
		}
	}
}

// Every event is in the time that it happened at, once, whatever its client's clock was and whoever else has events then.
func TestEventsBetween(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	received := s.now.UnixMilli()
	var events []event.Event
	for i := range 2000 {
		e := event.Event{Token: []string{"t", "u"}[rand.IntN(2)], Name: "E", DistinctID: fmt.Sprint("d", i%7), InsertID: fmt.Sprintf("i%04d", i), Properties: "{}"}
		switch rand.IntN(4) {
		case 0: // No time: it is that of receipt.
		case 1:
			e.SentMS, e.ClockMS = 1+rand.Int64N(100), rand.Int64N(100)-50
		default:
			e.SentMS = rand.Int64N(100) - 10
		}
		events = append(events, e)
	}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: events}))
	for _, window := range [][2]int64{
		{math.MinInt64, math.MaxInt64}, {0, 100}, {1, 50}, {50, 51}, {50, 50}, {60, 50}, {-10, 1}, {received, received + 1}, {received + 1, math.MaxInt64}, {0, received},
	} {
		for _, token := range []string{"t", "u", "nobody's"} {
			var want []string
			for _, e := range events {
				at := event.Stored{Event: e, ReceivedMS: received}.TimeMS()
				if e.Token == token && at >= window[0] && at < window[1] {
					want = append(want, e.InsertID)
				}
			}
			slices.Sort(want)
			got, _ := between(t, s.Store, token, window[0], window[1])
			assert.Equal(t, want, got, "%v of %s", window, token)
		}
	}
}

// A page takes a limited part of memory and of the database's time, with large events and with many of others.
func TestEventsBetweenInPages(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	for i := range 5 {
		large := event.Event{Token: "t", Name: "large", DistinctID: "d", InsertID: fmt.Sprint("l", i), SentMS: 10, Properties: `{"x":"` + strings.Repeat("x", exportBytes) + `"}`}
		untimed := large
		untimed.InsertID, untimed.SentMS = fmt.Sprint("u", i), 0
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{large, untimed}}))
	}
	var others []event.Event
	for i := range maxScanned + 10 {
		others = append(others, event.Event{Token: "u", Name: "E", DistinctID: "d", InsertID: fmt.Sprint(i), SentMS: 10, Properties: "{}"})
	}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: others}))
	ids, pages := between(t, s.Store, "t", 0, math.MaxInt64)
	assert.Equal(t, []string{"l0", "l1", "l2", "l3", "l4", "u0", "u1", "u2", "u3", "u4"}, ids)
	assert.GreaterOrEqual(t, pages, 12, "one for each large event, and one for those of others")
	ids, _ = between(t, s.Store, "u", 10, 11)
	assert.Len(t, ids, maxScanned+10)
	_, _, err := s.EventsBetween(t.Context(), "t", 0, 1, "nonsense")
	assert.Error(t, err)
}

// Both queries read a range of an index, in its order.
func TestEventsBetweenUsesIndexes(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	for want, query := range map[string]struct {
		sql  string
		args []any
	}{
		"SEARCH events USING INDEX sqlite_autoindex_events_1 ((sent_ms,insert_id,distinct_id,event,project)>(?,?,?,?,?) AND sent_ms<?)": {betweenSQL, []any{"t", 1, 2, 0, "", "", "", 0, 9}},
		"SEARCH events USING INDEX events_by_own_time (project=? AND <expr>>? AND <expr><?)":                                            {ownTimeBetween, []any{"t", 1, 2, 0, 9}},
	} {
		var plan []string
		note := func(row *sqlite3.Stmt) bool { plan = append(plan, row.ColumnText(3)); return true }
		require.NoError(t, s.readers.query(t.Context(), note, "EXPLAIN QUERY PLAN "+query.sql, query.args...))
		assert.Contains(t, plan, want)
		assert.NotContains(t, plan, "USE TEMP B-TREE FOR ORDER BY")
	}
}

// A store that was made before has its events under their times after the migration.
func TestEventsBetweenAfterMigration(t *testing.T) {
	path := oldDatabase(t, []event.Stored{
		{ReceivedMS: 50, Event: event.Event{Token: "t", Name: "E", DistinctID: "d", InsertID: "untimed"}},
		{ReceivedMS: 50, Event: event.Event{Token: "t", Name: "E", DistinctID: "d", InsertID: "sent", SentMS: 70}},
	})
	s := openStore(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	for _, test := range []struct {
		from, to int64
		want     []string
	}{{50, 51, []string{"untimed"}}, {70, 71, []string{"sent"}}, {0, time.Now().UnixMilli(), []string{"sent", "untimed"}}} {
		got, _ := between(t, s.Store, "t", test.from, test.to)
		assert.Equal(t, test.want, got)
	}
}
