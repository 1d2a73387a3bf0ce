package limit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	table, now := NewTable[string](Rate{10, 50}), time.Unix(1_700_000_000, 0)
	take := func(key string, n int) bool {
		_, ok := table.Take(key, n, now)
		return ok
	}
	assert.True(t, take("a", 30))
	assert.False(t, take("a", 21))
	assert.True(t, take("a", 20), "what was refused took nothing")
	assert.True(t, take("b", 50), "another has its own")
	wait, ok := table.Take("a", 5, now)
	assert.False(t, ok)
	assert.Equal(t, 500*time.Millisecond, wait)
	now = now.Add(wait)
	assert.True(t, take("a", 5))
	assert.False(t, take("a", 1))
	assert.True(t, take("c", 2000), "more than the burst is not asked of anybody")
	assert.False(t, take("c", 1))
	now = now.Add(-time.Hour)
	assert.False(t, take("c", 1), "a clock that is set back gives nothing")
	assert.True(t, take("a", 0))
	unlimited := NewTable[string](Rate{})
	for range 10 {
		_, ok := unlimited.Take("a", 1_000_000_000, now)
		assert.True(t, ok)
	}
	assert.Empty(t, unlimited.entries)
}

// However many keys there are, the memory is bounded, and those in use keep their limit.
func TestTableIsBounded(t *testing.T) {
	table, now := NewTable[int](Rate{1, 1}), time.Unix(1_700_000_000, 0)
	for key := range 3 * MaxKeys {
		_, ok := table.Take(key, 1, now)
		require.True(t, ok)
		_, ok = table.Take(0, 1, now)
		require.Equal(t, false, ok && key > 0)
	}
	assert.Len(t, table.entries, MaxKeys)
}

// Whoever is refused at the same time as others takes nothing from them.
func TestTableIsShared(t *testing.T) {
	table, now := NewTable[string](Rate{0.001, 1000}), time.Unix(1_700_000_000, 0)
	var granted atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 500 {
				if _, ok := table.Take("a", 3, now); ok {
					granted.Add(3)
				}
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 999, granted.Load())
}

func TestRate(t *testing.T) {
	for text, want := range map[string]Rate{"off": {}, "1000": {1000, 10_000}, "1000:20000": {1000, 20_000}, "0.1:3": {0.1, 3}, "0.01": {0.01, 1}, " 5 ": {5, 50}} {
		var r Rate
		require.NoError(t, r.Set(text), text)
		assert.Equal(t, want, r, text)
		var again Rate
		require.NoError(t, again.Set(r.String()))
		assert.Equal(t, r, again, text)
	}
	for _, text := range []string{"", "0", "-1", "x", "1:0", "1:", "1:x", "NaN", "Inf", "1:2:3", "1e10", ":5", "1:99999999999"} {
		var r Rate
		assert.Error(t, r.Set(text), text)
	}
	assert.Equal(t, "1000:20000", fmt.Sprint(&Rate{1000, 20_000}))
}

// Who did more than there was has to wait until that is made up for, and owes two bursts at most.
func TestCharge(t *testing.T) {
	table, now := NewTable[string](Rate{10, 50}), time.Unix(1_700_000_000, 0)
	table.Charge("a", 1_000_000, now)
	for range 100 {
		table.Charge("a", 20, now)
	}
	wait, ok := table.Take("a", 1, now)
	assert.False(t, ok)
	assert.InDelta(t, 7.1, wait.Seconds(), 1)
	_, ok = table.Take("a", 1, now.Add(wait))
	assert.True(t, ok)
	_, ok = table.Take("b", 50, now)
	assert.True(t, ok)
}
