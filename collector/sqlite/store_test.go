package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
)

// testStore is a store whose clock the test sets.
type testStore struct {
	*Store
	path    string
	mu      sync.Mutex
	now     time.Time
	changes []event.Changes
	log     testlog.Buffer
}

func openStore(t *testing.T, path string) *testStore {
	t.Helper()
	return openStoreWith(t, path, func(*Config) {})
}

func openStoreWith(t *testing.T, path string, configure func(*Config)) *testStore {
	t.Helper()
	o := &testStore{path: path, now: time.UnixMilli(1_700_000_000_000)}
	config := Config{
		Path: path,
		OnCommit: func(n event.Changes) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.changes = append(o.changes, n)
		},
		Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		Now: func() time.Time {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.now
		},
	}
	configure(&config)
	store, err := Open(config)
	require.NoError(t, err)
	o.Store = store
	return o
}

func (o *testStore) setNow(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = now
}

func testEvent(insertID string) event.Event {
	return event.Event{Token: "t", Name: "E", DistinctID: "d", SentMS: 1, InsertID: insertID, Properties: "{}"}
}

func singleEvent(insertID string) event.Batch {
	return event.Batch{Events: []event.Event{testEvent(insertID)}}
}

func insertIDs(events []event.Stored) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.InsertID
	}
	return ids
}

func TestChangesOfACommit(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	defer func() { assert.NoError(t, s.Close()) }()
	claim := event.Event{Token: "u", Name: "$create_alias", DistinctID: "d", InsertID: "c", Alias: "jane", Properties: "{}"}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{testEvent("a"), testEvent("b"), claim}}))
	require.Len(t, s.changes, 1)
	assert.ElementsMatch(t, []string{"t", "u"}, s.changes[0].Tokens)
	require.Len(t, s.changes[0].Claims, 1)
	assert.Equal(t, "u", s.changes[0].Claims[0].Token)
	assert.Equal(t, "jane", s.changes[0].Claims[0].Alias)
	assert.Equal(t, int64(1_700_000_000_000), s.changes[0].Claims[0].TimeMS, "a claim without a time is of when it came")

	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{testEvent("a"), claim}}))
	require.Len(t, s.changes, 2)
	assert.Equal(t, event.Changes{}, s.changes[1], "what is already stored is not a change")
}

// The collector's clock may jump in any direction: ids follow the order of commits all the same.
func TestClockJumps(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	defer func() { assert.NoError(t, s.Close()) }()
	moments := []int64{1_700_000_000_000, 4_000_000_000_000, -5, 0, 1_700_000_000_001, math.MaxInt32}
	for i, ms := range moments {
		s.setNow(time.UnixMilli(ms))
		require.NoError(t, s.Store.Store(t.Context(), singleEvent(fmt.Sprint(i))))
	}
	events, err := s.After(t.Context(), "t", 0, 100)
	require.NoError(t, err)
	assert.Equal(t, []string{"0", "1", "2", "3", "4", "5"}, insertIDs(events))
	for i, e := range events {
		assert.Equal(t, moments[i], e.ReceivedMS)
		assert.Equal(t, int64(1), e.TimeMS())
	}
}

// A page has as many events as fit: large events make it short, but it always has one, so that reading makes progress.
func TestPagesOfLargeEvents(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	defer func() { assert.NoError(t, s.Close()) }()
	large := `{"x":"` + strings.Repeat("x", PageBytes/4) + `"}`
	for i := range 10 {
		e := testEvent(fmt.Sprint(i))
		e.Properties = large
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{e}}))
	}
	var read []string
	for last := int64(0); ; {
		page, err := s.After(t.Context(), "t", last, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		assert.LessOrEqual(t, len(page), 4)
		read, last = append(read, insertIDs(page)...), page[len(page)-1].ID
	}
	assert.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, read)
}

// After a file of the database was deleted or replaced, nothing is accepted that would be lost with it. Once the file is back, events are
// accepted again.
func TestMovedDatabaseFiles(t *testing.T) {
	for _, suffix := range []string{"", "-wal"} {
		for name, replace := range map[string]bool{"moved": false, "replaced": true} {
			t.Run(name+suffix, func(t *testing.T) {
				s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
				require.NoError(t, s.Store.Store(t.Context(), singleEvent("before")))
				file := s.path + suffix
				require.NoError(t, os.Rename(file, file+".away"))
				if replace {
					require.NoError(t, os.WriteFile(file, nil, 0o600))
				}
				require.ErrorIs(t, s.Store.Store(t.Context(), singleEvent("while")), ErrMoved)
				assert.Empty(t, s.changes[1:])
				require.NoError(t, os.Rename(file+".away", file))
				require.NoError(t, s.Store.Store(t.Context(), singleEvent("while")))
				require.NoError(t, s.Close())
				assert.Contains(t, s.log.String(), "it back, or restart the collector")
				assert.Contains(t, s.log.String(), "events are stored again")
				again := openStore(t, s.path)
				events, err := again.After(t.Context(), "t", 0, 100)
				require.NoError(t, err)
				assert.Equal(t, []string{"before", "while"}, insertIDs(events))
				require.NoError(t, again.Close())
			})
		}
	}
}

// When the context of a caller ends, a batch that the writer has begun with is waited for, and one that is still queued is not stored.
func TestStoreWhenTheContextEnds(t *testing.T) {
	writerStarted, resume := make(chan struct{}), make(chan struct{})
	path := filepath.Join(t.TempDir(), "events.db")
	first := true // only the writer reads the clock
	s, err := Open(Config{Path: path, OnCommit: func(event.Changes) {}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
		if first {
			first = false
			close(writerStarted)
			<-resume
		}
		return time.Now()
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan error, 1)
	go func() { outcome <- s.Store(ctx, singleEvent("begun")) }()
	<-writerStarted
	cancel()
	require.ErrorIs(t, s.Store(ctx, singleEvent("in line")), context.Canceled)
	assert.Empty(t, outcome, "it waits for the writer")
	close(resume)
	require.NoError(t, <-outcome)
	require.NoError(t, s.Store(t.Context(), singleEvent("after")))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Store(t.Context(), singleEvent("late")), ErrClosed)

	again := openStore(t, path)
	defer func() { assert.NoError(t, again.Close()) }()
	events, err := again.After(t.Context(), "t", 0, 100)
	require.NoError(t, err)
	assert.Equal(t, []string{"begun", "after"}, insertIDs(events))
}

// Close waits for what was accepted: each batch is either stored, or its sender gets ErrClosed.
func TestClosingUnderLoad(t *testing.T) {
	const senders = 20
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	var group sync.WaitGroup
	var mu sync.Mutex
	var kept []string
	begun := make(chan struct{}, senders)
	for k := range senders {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(k, "-", i)
				if err := s.Store.Store(context.Background(), singleEvent(id)); err != nil {
					assert.ErrorIs(t, err, ErrClosed)
					return
				}
				mu.Lock()
				kept = append(kept, id)
				mu.Unlock()
				if i == 3 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range senders {
		<-begun
	}
	require.NoError(t, s.Close())
	group.Wait()
	again := openStore(t, s.path)
	defer func() { assert.NoError(t, again.Close()) }()
	events, err := again.After(t.Context(), "t", 0, 1_000_000)
	require.NoError(t, err)
	assert.ElementsMatch(t, kept, insertIDs(events))
}
