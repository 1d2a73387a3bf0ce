package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

func (o *testStore) newestID(t *testing.T) int64 {
	t.Helper()
	events, err := o.Newest(t.Context(), "t", 1<<62, 1)
	require.NoError(t, err)
	require.Len(t, events, 1)
	return events[0].ID
}

// Readers go on after the last event that they have seen: the id of a deleted event is not given to another one, whoever deletes it, and also
// where a commit fails or the collector starts again in between.
func TestEventIDsAreNeverReused(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	send := func(id string) int64 {
		t.Helper()
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", id, "1", time.Now().UnixMilli())}}))
		return s.newestID(t)
	}
	send("bob")
	last := send("jane")
	s.erase(t, "t", "jane")
	next := send("ann")
	assert.Greater(t, next, last, "after a deletion")
	s.erase(t, "t", "ann")
	require.NoError(t, s.Close())
	s = openStore(t, s.path)
	failed := s.do(t.Context(), func(c *commit) error {
		e := eventOf("t", "eve", "1", 1)
		require.NoError(t, c.addEvent(&e))
		return assert.AnError
	})
	require.ErrorIs(t, failed, assert.AnError)
	assert.Greater(t, send("eve"), next, "after a restart and a failed commit")
	last = s.newestID(t)
	require.NoError(t, s.Close())
	s = openStoreWith(t, s.path, func(c *Config) { c.Retention = map[string]time.Duration{"*": time.Hour} })
	s.setNow(time.UnixMilli(1_700_000_000_000).Add(24 * time.Hour))
	s.maintenance.wake()
	require.Eventually(t, func() bool { return len(s.distinctIDs(t, "t")) == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, last+1, send("dan"), "after all have become too old")
	assert.Equal(t, last+2, send("dora"))
	require.NoError(t, s.Close())
}
