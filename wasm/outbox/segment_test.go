package outbox

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeysSayWhatTheIndexNeeds(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	o := p.outbox
	for _, c := range []struct {
		count, bytes int
		urgent       string
	}{{1, 1, ""}, {50, 28_000, ""}, {1, 900_000, "0d0e9f8c-0b0f-4e55-8a77-2f8d4fbc9a11"}, {35, 36, "A"}} {
		o.now++
		key := o.segmentKey(o.newSortKey(), c.count, c.bytes, c.urgent)
		s := o.parseKey(key)
		require.NotNil(t, s, key)
		assert.Equal(t, segment{key: key, count: c.count, bytes: c.bytes, urgentID: c.urgent}, *s)
		assert.Equal(t, o.now, o.keyMS(s))
	}
}

func TestKeysGrow(t *testing.T) {
	w := newWorld(t, 1)
	o := w.open().outbox
	last := ""
	for _, now := range []int64{0, 1, 35, 36, 1_763_922_000_000, 1_763_922_000_000, 5, 1 << 62, 1 << 62} {
		o.now = now
		key := o.newSortKey()
		assert.Len(t, key, sortKeyDigits)
		assert.Greater(t, key, last)
		last = key
	}
}

func TestKeysAreSorted(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for n := range 200 {
		var keys []string
		for range n {
			keys = append(keys, fmt.Sprint(random.Intn(n))) // Some of them twice.
		}
		for _, order := range []func([]string){func([]string) {}, slices.Sort[[]string], slices.Reverse[[]string]} {
			order(keys)
			want := slices.Sorted(slices.Values(keys))
			sortKeys(keys)
			require.Equal(t, want, keys)
		}
	}
}

// In whatever order segments are inserted and removed, each is found at its position.
func TestTheIndexStaysInOrder(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	o := newWorld(t, 1).open().outbox
	waiting := map[string]*segment{}
	for range 3000 {
		key := fmt.Sprintf("%03d", random.Intn(100))
		known := waiting[key]
		switch {
		case known == nil:
			waiting[key] = &segment{key: key, count: 1}
			o.insert(waiting[key])
		case random.Intn(3) == 0:
			o.insert(&segment{key: key, count: 1}) // It is there already.
		default:
			require.True(t, o.remove(known))
			require.False(t, o.remove(known))
			delete(waiting, key)
		}
		require.Len(t, o.index, len(waiting))
		require.Equal(t, len(waiting), o.events)
		for i, s := range o.index {
			require.Same(t, waiting[s.key], s)
			at, there := o.search(s.key)
			require.True(t, there)
			require.Equal(t, i, at)
		}
		_, there := o.search(key + "x")
		require.False(t, there)
	}
}

func FuzzForeignKeys(f *testing.F) {
	w := newWorld(nil, 1)
	o := w.open().outbox
	f.Add("0mic1a2h55oq24l4u000q_3_72")
	f.Add("0mic1a2h55oq24l4u000q_1_72_id-1")
	f.Add("phone_0mic1a2h55oq24l4u000q_3_72")
	f.Fuzz(func(t *testing.T, rest string) {
		s := o.parseKey("tlo_token_" + rest)
		if s == nil {
			return
		}
		assert.Positive(t, s.count)
		assert.Regexp(t, `^[0-9a-z]{21}_[0-9a-z]{1,9}_[0-9a-z]{1,9}(_[0-9A-Za-z-]{1,36})?$`, rest)
	})
}
