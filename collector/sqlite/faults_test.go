package sqlite

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// failingStore is a store on a faulty disk, with what its clients know.
type failingStore struct {
	*Store
	disk *faultyDisk
	path string
	mu   sync.Mutex
	// acknowledged are the insert ids of the events whose commit succeeded; announced counts how often each alias was passed to OnCommit.
	acknowledged []string
	announced    map[string]int
}

func openFailingStore(t *testing.T) *failingStore {
	t.Helper()
	name := strings.ReplaceAll(t.Name(), "/", "-")
	s := &failingStore{disk: newFaultyDisk(name), path: filepath.Join(t.TempDir(), "events.db"), announced: map[string]int{}}
	config := Config{Path: s.path, Log: slog.New(slog.DiscardHandler), Now: time.Now, OnCommit: func(changes event.Changes) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range changes.Claims {
			s.announced[c.Alias]++
		}
	}}
	store, err := openURI(config, "file:"+s.path+"?vfs="+name)
	require.NoError(t, err)
	// Checkpoints are frequent, so that they fail in the test too.
	require.NoError(t, store.writer.conn.Exec("PRAGMA wal_autocheckpoint = 8"))
	s.Store = store
	return s
}

// batchOf returns a batch of one to three events, depending on the request's number, the first of which is an alias.
func batchOf(client, request int) (batch event.Batch, ids []string) {
	for i := range 1 + request%3 {
		id := fmt.Sprintf("%d-%d-%d", client, request, i)
		e := event.Event{
			Token: fmt.Sprint("t", request%5), Name: "E", DistinctID: fmt.Sprint("d", request%7), SentMS: int64(request), InsertID: id,
			Properties: `{"x":"` + strings.Repeat("x", request*97%5000) + `"}`,
		}
		if i == 0 {
			e.Name, e.Alias = "$create_alias", "alias of "+id
		}
		batch.Events = append(batch.Events, e)
		ids = append(ids, id)
	}
	return batch, ids
}

func (s *failingStore) send(t *testing.T, client, request int) bool {
	batch, ids := batchOf(client, request)
	if s.Store.Store(t.Context(), batch) != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledged = append(s.acknowledged, ids...)
	return true
}

// inspect opens a database as a restarted collector would, and counts how often each event and each alias is in it.
func inspect(t *testing.T, path string) (events, aliases map[string]int) {
	t.Helper()
	store, err := Open(Config{Path: path, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	defer func() { assert.NoError(t, store.Close()) }()
	whole, _, err := store.writer.conn.Prepare("PRAGMA integrity_check")
	require.NoError(t, err)
	require.True(t, whole.Step())
	require.Equal(t, "ok", whole.ColumnText(0))
	require.NoError(t, whole.Close())
	events, aliases = map[string]int{}, map[string]int{}
	total := 0
	for p := range 5 {
		token := fmt.Sprint("t", p)
		list, err := store.After(t.Context(), token, 0, 1_000_000)
		require.NoError(t, err)
		for _, e := range list {
			events[e.InsertID]++
		}
		total += len(list)
		counted, err := store.CountOf(t.Context(), token, []string{"d0", "d1", "d2", "d3", "d4", "d5", "d6"})
		require.NoError(t, err)
		assert.Equal(t, len(list), counted)
	}
	for _, c := range allClaims(t, store) {
		aliases[c.Alias]++
	}
	require.Len(t, events, total, "nothing is there twice")
	return events, aliases
}

// On a disk that fails now and then, at any operation: what was acknowledged is stored, what was refused can be sent again, and every
// stored alias was announced once.
func TestFailingDisk(t *testing.T) {
	for name, fault := range map[string]struct {
		operation, suffix string
		err               error
		every             int // operations that succeed between two faults, about
	}{
		"the log cannot grow":           {"write", "-wal", sqlite3.FULL, 40},
		"the log cannot be written":     {"write", "-wal", sqlite3.IOERR_WRITE, 40},
		"the log cannot be synced":      {"sync", "-wal", sqlite3.IOERR_FSYNC, 6},
		"the database cannot grow":      {"write", "", sqlite3.FULL, 6},
		"the database cannot be synced": {"sync", "", sqlite3.IOERR_FSYNC, 6},
		"the disk may only be read":     {"write", "-wal", sqlite3.READONLY, 40},
		"the log cannot be cut":         {"truncate", "-wal", sqlite3.IOERR_TRUNCATE, 1},
		"anything at all":               {"", "", sqlite3.IOERR, 60},
	} {
		t.Run(name, func(t *testing.T) {
			const requests = 400
			s := openFailingStore(t)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			calm, refused := 20, 0
			s.disk.before = func(operation, suffix string) error {
				if fault.operation != "" && (operation != fault.operation || suffix != fault.suffix) {
					return nil
				}
				if calm--; calm > 0 {
					return nil
				}
				if calm < -random.IntN(4) {
					calm = random.IntN(2 * fault.every)
				}
				refused++
				return fault.err
			}
			var again []int
			for request := range requests {
				if !s.send(t, 0, request) {
					again = append(again, request)
				}
			}
			s.disk.mu.Lock()
			s.disk.before = func(string, string) error { return nil }
			s.disk.mu.Unlock()
			if fault.operation != "truncate" { // The log is truncated only when it was very long.
				require.NotZero(t, refused)
			}
			for _, request := range again {
				require.True(t, s.send(t, 0, request), "the disk is well again")
			}
			require.NoError(t, s.Close())
			events, aliases := inspect(t, s.path)
			assert.Len(t, events, len(s.acknowledged))
			for _, id := range s.acknowledged {
				require.Equal(t, 1, events[id], id)
			}
			assert.Equal(t, aliases, s.announced)
			t.Logf("%d faults, %d of %d requests refused", refused, len(again), requests)
		})
	}
}

// A project that a failed commit would have created does not exist, and the next one takes its id.
func TestProjectOfAFailedCommit(t *testing.T) {
	s := openFailingStore(t)
	batch := func(token string) event.Batch {
		return event.Batch{Events: []event.Event{{Token: token, Name: "E", DistinctID: "d", InsertID: token, Properties: "{}"}}}
	}
	require.NoError(t, s.Store.Store(t.Context(), batch("known")))
	s.disk.mu.Lock()
	failing := true
	s.disk.before = func(string, string) error {
		if failing {
			return sqlite3.FULL
		}
		return nil
	}
	s.disk.mu.Unlock()
	require.Error(t, s.Store.Store(t.Context(), batch("first")))
	s.disk.mu.Lock()
	failing = false
	s.disk.mu.Unlock()
	require.NoError(t, s.Store.Store(t.Context(), batch("second")))
	require.NoError(t, s.Store.Store(t.Context(), batch("first")))
	for _, token := range []string{"known", "first", "second"} {
		events, err := s.After(t.Context(), token, 0, 10)
		require.NoError(t, err)
		require.Len(t, events, 1, token)
		assert.Equal(t, token, events[0].InsertID)
	}
	require.NoError(t, s.Close())
}
