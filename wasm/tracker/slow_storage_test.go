package tracker

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// slowStorage is localStorage as Chromium has it: each tab has a copy in its own process. A write changes the tab's copy at once, reaches the
// browser's process later, and the other tabs later still; until the browser has confirmed a tab's own write of a key, the tab ignores what others
// wrote to that key. The browser's order of writes is what is left in the end.
type slowStorage struct {
	random   *rand.Rand
	maxDelay int64
	now      int64
	events   []storageEvent // to come
	order    int
	stored   map[string]string
	tabs     []*slowTab
}

type storageEvent struct {
	at    int64
	order int
	run   func()
}

type slowTab struct {
	tab
	shared      *slowStorage
	tracker     *Tracker
	unconfirmed map[string]int
	lastOut     int64 // when the last message from this tab arrives, and the last one to it: each way they keep their order
	lastIn      int64
}

func (s *slowStorage) after(from *int64, run func()) {
	at := max(*from, s.now+s.random.Int64N(s.maxDelay+1))
	*from = at
	s.order++
	s.events = append(s.events, storageEvent{at, s.order, run})
}

func (s *slowStorage) runUntil(now int64) {
	for {
		next := -1
		for i, e := range s.events {
			if e.at <= now && (next < 0 || e.at < s.events[next].at || e.at == s.events[next].at && e.order < s.events[next].order) {
				next = i
			}
		}
		if next < 0 {
			s.now = now
			return
		}
		e := s.events[next]
		s.events = slices.Delete(s.events, next, next+1)
		s.now = max(s.now, e.at)
		e.run()
	}
}

func (t *slowTab) Set(key, text string) outbox.StorageStatus {
	t.storage[key] = text
	t.write(key, text)
	return outbox.OK
}

func (t *slowTab) Remove(key string) {
	if _, there := t.storage[key]; there {
		delete(t.storage, key)
		t.write(key, "")
	}
}

// write passes a write on; "" removes the key.
func (t *slowTab) write(key, text string) {
	s := t.shared
	t.unconfirmed[key]++
	s.after(&t.lastOut, func() {
		change(s.stored, key, text)
		for _, other := range s.tabs {
			s.after(&other.lastIn, func() {
				if other == t {
					t.unconfirmed[key]--
					return
				}
				if other.unconfirmed[key] == 0 {
					change(other.storage, key, text)
				}
				if other.tracker != nil && strings.HasPrefix(key, "tl_") {
					other.tracker.StorageChanged(s.now)
				}
			})
		}
	})
}

func change(storage map[string]string, key, text string) {
	if text == "" {
		delete(storage, key)
		return
	}
	storage[key] = text
}

// Eight tabs of a new visitor each register a property at about the same time: none is lost, however slowly the browser passes on what each of
// them has stored.
func TestNewTabsThatRegisterAtOnce(t *testing.T) {
	const tabs, rounds = 8, 300
	for _, maxDelay := range []int64{50, 1000, 4000, 12_000} {
		lost := 0
		for range rounds {
			seed := rand.Uint64()
			s := &slowStorage{random: rand.New(rand.NewPCG(seed, 0)), maxDelay: maxDelay, now: 1000, stored: map[string]string{}}
			for range tabs {
				s.tabs = append(s.tabs, &slowTab{tab: tab{storage: maps.Clone(s.stored)}, shared: s, unconfirmed: map[string]int{}})
			}
			for i, opened := range s.tabs {
				at := s.now + s.random.Int64N(500)
				s.after(&at, func() {
					opened.tracker = Open(&Facts{Token: "T", Mirrored: settled, PageID: fmt.Sprint("p", i)}, &Page{}, opened, s.now)
					at := s.now + s.random.Int64N(500)
					s.after(&at, func() { registerProperty(opened.tracker, fmt.Sprint("tab", i), s.now) })
				})
			}
			s.runUntil(200_000)
			require.Empty(t, s.events)
			record, _ := identity.ParseRecord(s.stored[recordKey])
			for i := range tabs {
				if _, ok := record.Super.Get(fmt.Sprint("tab", i)); !ok {
					lost++
					break
				}
			}
		}
		t.Logf("delay up to %d ms: %d of %d rounds lost a property", maxDelay, lost, rounds)
		require.Zero(t, lost, "delay up to %d ms", maxDelay)
	}
}
