package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

// An event is stored once, whether it is repeated in its request, in a later one or after a restart; one that differs in any of what an event is
// known by is another.
func testOnce(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	different := []event.Event{newEvent("a")}
	for _, change := range []func(*event.Event){
		func(e *event.Event) { e.Token = "u" }, func(e *event.Event) { e.Name = "F" }, func(e *event.Event) { e.DistinctID = "D" },
		func(e *event.Event) { e.SentMS = 2 }, func(e *event.Event) { e.SentMS = 0 }, func(e *event.Event) { e.SentMS = -5 },
		func(e *event.Event) { e.SentMS = math.MaxInt64 }, func(e *event.Event) { e.InsertID = "b" }, func(e *event.Event) { e.InsertID = "" },
		// Where one text ends and the next begins counts.
		func(e *event.Event) { e.DistinctID, e.InsertID = "da", "" }, func(e *event.Event) { e.Name, e.InsertID = "Ea", "" },
	} {
		e := newEvent("a")
		change(&e)
		different = append(different, e)
	}
	repeated := append(append([]event.Event{}, different...), different...)
	repeated[len(different)].Properties = `{"later":true}`
	h.send(repeated...)
	h.send(different[3])
	h.close()
	h.reopen()
	h.send(repeated...)
	stored := append(h.all("t"), h.all("u")...)
	assert.Len(t, stored, len(different))
	for _, e := range stored {
		assert.Equal(t, "{}", e.Properties, "the first one counts")
		assert.Contains(t, different, e.Event)
		assert.Equal(t, asOf.UnixMilli(), e.ReceivedMS)
	}
}

// Many clients, and stores where they can share a database, send the same events at the same time, in any order.
func testOnceConcurrently(t *testing.T, kind Kind) {
	const clients, rounds, size = 8, 20, 40
	both := stores(t, kind)
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			h := both[client%2]
			for round := range rounds {
				events := newEvents(round*size, (round+1)*size)
				for i := range events {
					events[i].SentMS = int64(i % 3)
				}
				if client%3 == 0 {
					for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
						events[i], events[j] = events[j], events[i]
					}
				}
				assert.NoError(t, h.Store.Store(t.Context(), event.Batch{Events: events}))
			}
		})
	}
	group.Wait()
	for _, h := range both {
		counts := map[string]int{}
		for _, e := range h.all("t") {
			counts[e.InsertID]++
		}
		assert.Len(t, counts, rounds*size)
		for id, n := range counts {
			assert.Equal(t, 1, n, id)
		}
		assert.Equal(t, rounds*size, h.count("t", "d"))
	}
}

func testLargeBatch(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	h.send(newEvents(0, 12_000)...)
	stored := h.all("t")
	require.Len(t, stored, 12_000)
	for i, e := range stored {
		require.Equal(t, fmt.Sprint(i), e.InsertID)
	}
}

// What a client sends comes back as it was. The one exception: a NUL in a name or an id may come back as U+FFFD, which is the same everywhere.
func testTexts(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	long := strings.Repeat("é", 127)
	for i, text := range []string{"", " ", "'; DROP TABLE events; --", "\\", `"`, "%s$1?{}[],NULL", "null", "日本語 🎉", "\u202e\ufeff", "\x01\x7f", "a\x00b", long} {
		id := strings.ReplaceAll(text, "\x00", "") // What has a NUL in it is no id of a person, and no alias.
		e := event.Event{Token: "t" + text, Name: "n" + text, DistinctID: "d" + id, SentMS: 1, InsertID: text, Properties: `{"a":"\u0000 \ud800 é"}`}
		alias := newClaim("alias"+id, "d"+id, text)
		alias.Token = e.Token
		h.send(e, alias)
		h.send(e, alias)
		stored := h.all(e.Token)
		require.Len(t, stored, 2, text)
		same := func(want, got string) {
			assert.Equal(t, strings.ReplaceAll(want, "\x00", "\ufffd"), strings.ReplaceAll(got, "\x00", "\ufffd"))
		}
		same(e.Name, stored[0].Name)
		assert.Equal(t, e.DistinctID, stored[0].DistinctID)
		same(e.InsertID, stored[0].InsertID)
		assert.Equal(t, e.Properties, stored[0].Properties)
		persons, err := h.people.Resolve(t.Context(), e.Token, "alias"+id)
		require.NoError(t, err)
		assert.Equal(t, "d"+id, persons.Of("alias"+id))
		h.update(event.Update{Subject: "s" + text, Operations: fmt.Sprintf(`{"$set":{"n":%d}}`, i)})
		profile, err := h.ProfileOf(t.Context(), "t", "", []string{"s" + text})
		require.NoError(t, err)
		encoded, err := profile.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf(`{"n":%d}`, i), string(encoded))
	}
	e := newEvent("large")
	e.Properties = `{"x":"` + strings.Repeat("x", 2<<20) + `"}`
	h.send(e)
	stored := h.all("t")
	assert.Equal(t, e.Properties, stored[len(stored)-1].Properties)
}

// Events come in the order in which they were acknowledged, and within a request in its order.
func testOrder(t *testing.T, kind Kind) {
	both := stores(t, kind)
	var want []string
	for round := range 30 {
		events := newEvents(round*10, (round+1)*10)
		for i := range events {
			events[i].SentMS = int64(1000 - (round*7+i*3)%20)
			want = append(want, events[i].InsertID)
		}
		both[round%2].send(events...)
	}
	for _, h := range both {
		assert.Equal(t, want, insertIDs(h.all("t")))
	}
}

// Whoever reads on after the last event that they saw, while many write, sees every event once, and what was acknowledged at once.
func testOrderUnderLoad(t *testing.T, kind Kind) {
	const writers, rounds = 8, 40
	both := stores(t, kind)
	var group sync.WaitGroup
	done := make(chan struct{})
	for writer := range writers {
		group.Go(func() {
			for round := range rounds {
				id := fmt.Sprint(writer, "-", round)
				events := []event.Event{newEvent(id + "a"), newEvent(id + "b")}
				events[0].SentMS = int64(round % 5)
				if round%10 == 0 { // A large job goes by another line.
					events[1].Properties = `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
				}
				assert.NoError(t, both[writer%2].Store.Store(t.Context(), event.Batch{Events: events}))
				found := false
				for before := int64(math.MaxInt64); !found; { // A page has only so many bytes.
					newest, err := both[(writer+1)%2].Newest(t.Context(), "t", before, 1000)
					if !assert.NoError(t, err) || !assert.NotEmpty(t, newest, "%sa, at the other store too", id) {
						break
					}
					found = slices.Contains(insertIDs(newest), id+"a")
					before = newest[len(newest)-1].ID
				}
			}
		})
	}
	go func() {
		group.Wait()
		close(done)
	}()
	var followers sync.WaitGroup
	for _, h := range both {
		followers.Go(func() {
			seen, last := map[string]int{}, int64(0)
			for finished := false; ; {
				page, err := h.After(t.Context(), "t", last, 7)
				if !assert.NoError(t, err) {
					return
				}
				for _, e := range page {
					assert.Greater(t, e.ID, last)
					seen[e.InsertID]++
					last = e.ID
				}
				if len(page) > 0 {
					continue
				}
				if finished {
					break
				}
				select {
				case <-done:
					finished = true
				case <-time.After(time.Millisecond):
				}
			}
			assert.Len(t, seen, writers*rounds*2)
			for id, n := range seen {
				assert.Equal(t, 1, n, id)
			}
		})
	}
	followers.Wait()
}

func testPages(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	other := newEvent("other")
	other.Token = "u"
	for i := range 25 {
		h.send(newEvent(fmt.Sprint(i)), other)
	}
	var newest []string
	for before := int64(math.MaxInt64); ; {
		page, err := h.Newest(t.Context(), "t", before, 10)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		newest, before = append(newest, insertIDs(page)...), page[len(page)-1].ID
	}
	require.Len(t, newest, 25)
	assert.Equal(t, "24", newest[0])
	assert.Equal(t, "0", newest[24])
	all := h.all("t")
	for n, e := range all {
		id, err := h.NthNewest(t.Context(), "t", 24-n)
		require.NoError(t, err)
		assert.Equal(t, e.ID, id)
	}
	id, err := h.NthNewest(t.Context(), "t", 25)
	require.NoError(t, err)
	assert.Zero(t, id)
	nothing, err := h.Newest(t.Context(), "nobody", math.MaxInt64, 10)
	require.NoError(t, err)
	assert.NotNil(t, nothing)
	assert.Empty(t, nothing)
}

// A page has as many events as fit: large events make it short, but it always has one, so that reading makes progress.
func testPagesOfLargeEvents(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	var want []string
	for i := range 10 {
		e := newEvent(fmt.Sprint(i))
		e.Properties = `{"x":"` + strings.Repeat("x", store.PageBytes/4) + `"}`
		h.send(e)
		want = append(want, e.InsertID)
	}
	var read []string
	for last := int64(0); ; {
		page, err := h.After(t.Context(), "t", last, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		assert.LessOrEqual(t, len(page), 4)
		read, last = append(read, insertIDs(page)...), page[len(page)-1].ID
	}
	assert.Equal(t, want, read)
	e := newEvent("huge")
	e.Properties = `{"x":"` + strings.Repeat("x", 2*store.PageBytes) + `"}`
	h.send(e, newEvent("after"))
	page, err := h.Newest(t.Context(), "t", math.MaxInt64, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"after", "huge"}, insertIDs(page))
}

// The collector's clock may jump in any direction: ids follow the order of commits all the same.
func testClocks(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	moments := []int64{1_700_000_000_000, 4_000_000_000_000, -5, 0, 1_700_000_000_001, math.MaxInt32}
	for i, ms := range moments {
		h.setNow(time.UnixMilli(ms))
		without := newEvent(fmt.Sprint("without ", i))
		without.SentMS = 0
		wrong := newEvent(fmt.Sprint("wrong ", i))
		wrong.SentMS, wrong.ClockMS = 100, 7
		h.send(without, wrong)
	}
	events := h.all("t")
	require.Len(t, events, 2*len(moments))
	for i, ms := range moments {
		without, wrong := events[2*i], events[2*i+1]
		assert.Equal(t, fmt.Sprint("without ", i), without.InsertID)
		assert.Equal(t, ms, without.ReceivedMS)
		assert.Equal(t, ms, without.TimeMS())
		assert.Equal(t, int64(107), wrong.TimeMS())
		assert.Equal(t, int64(100), wrong.SentMS)
	}
}

// Those who hold part of the database in memory, or show it live, are told what a commit added before its request is answered, and within a
// second at the other stores.
func testChanges(t *testing.T, kind Kind) {
	both := stores(t, kind)
	claim := newClaim("jane", "d", "c")
	claim.Token, claim.SentMS = "u", 0
	both[0].send(newEvent("a"), newEvent("b"), claim)
	changes := both[0].changed()
	require.NotEmpty(t, changes)
	assert.ElementsMatch(t, []string{"t", "u"}, changes[0].Tokens)
	require.Len(t, changes[0].Claims, 1)
	assert.Equal(t, "u", changes[0].Claims[0].Token)
	assert.Equal(t, "jane", changes[0].Claims[0].Alias)
	assert.Equal(t, asOf.UnixMilli(), changes[0].Claims[0].TimeMS, "a claim without a time is of when it came")
	tokensSince := func(h *harness, from int) map[string]bool {
		tokens := map[string]bool{}
		for _, c := range h.changed()[from:] {
			for _, token := range c.Tokens {
				tokens[token] = true
			}
		}
		return tokens
	}
	require.Eventually(t, func() bool { return len(tokensSince(both[1], 0)) == 2 }, time.Second, time.Millisecond)
	time.Sleep(300 * time.Millisecond) // until a store that follows others has seen its own commit too
	before := len(both[0].changed())
	both[0].send(newEvent("a"), claim)
	time.Sleep(300 * time.Millisecond)
	assert.Empty(t, tokensSince(both[0], before), "what is already stored is not a change")

	both[1].send(newEvent("z"))
	before = len(both[0].changed())
	_, err := both[1].Erase(t.Context(), "u", "jane")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for _, c := range both[0].changed()[before:] {
			if c.Erased {
				return true
			}
		}
		return false
	}, time.Second, time.Millisecond, "persons came apart")
}

func testCounts(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	for i := range 100 {
		e := newEvent(fmt.Sprint(i))
		e.DistinctID = fmt.Sprint("d", i%4)
		elsewhere := e
		elsewhere.Token = "u"
		h.send(e, elsewhere)
	}
	assert.Equal(t, 25, h.count("t", "d0"))
	assert.Equal(t, 50, h.count("t", "d0", "d3", "nobody"))
	assert.Zero(t, h.count("t"))
	assert.Zero(t, h.count("v", "d0"))
	ids, err := h.RecentIDs(t.Context(), "t", 3)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"d1", "d2", "d3"}, ids)
	ids, err = h.RecentIDs(t.Context(), "t", 1000)
	require.NoError(t, err)
	assert.Len(t, ids, 4)
}

func testEventsOf(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	var batch []event.Event
	for i := range 30_000 {
		e := newEvent(fmt.Sprint(i))
		e.DistinctID = fmt.Sprint("d", i%3)
		batch = append(batch, e)
	}
	h.send(batch...)
	var found []string
	for last := int64(0); ; {
		events, next, err := h.EventsOf(t.Context(), "t", map[string]bool{"d1": true, "d2": true}, last)
		require.NoError(t, err)
		found = append(found, insertIDs(events)...)
		if last = next; last == 0 {
			break
		}
	}
	require.Len(t, found, 20_000)
	assert.Equal(t, []string{"1", "2", "4"}, found[:3])
}

// A batch whose sender has given up before a writer began with it is not stored; others are.
func testGivingUp(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gaveUp := 0
	for i := range 50 {
		if h.Store.Store(ctx, event.Batch{Events: []event.Event{newEvent(fmt.Sprint("given up ", i))}}) != nil {
			gaveUp++
		} else {
			h.send(newEvent(fmt.Sprint("given up ", i))) // It was acknowledged, so that it must be there, once.
		}
	}
	assert.NotZero(t, gaveUp)
	h.send(newEvent("after"))
	assert.Len(t, h.all("t"), 51-gaveUp)
	_, err := h.Newest(ctx, "t", math.MaxInt64, 1)
	require.Error(t, err)
	_, err = h.Newest(giveUpSoon(t), "t", math.MaxInt64, 1)
	require.NoError(t, err)
}

// Close waits for what was accepted: each batch is either stored, or its sender gets an error.
func testClosingUnderLoad(t *testing.T, kind Kind) {
	const senders = 20
	h := newHarness(t, kind)
	var group sync.WaitGroup
	var mu sync.Mutex
	var kept []string
	begun := make(chan struct{}, senders)
	s := h.Store
	for k := range senders {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(k, "-", i)
				if s.Store(context.Background(), event.Batch{Events: []event.Event{newEvent(id)}}) != nil {
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
	h.close()
	group.Wait()
	h.reopen()
	assert.ElementsMatch(t, kept, insertIDs(h.all("t")))
}

func testReady(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	require.NoError(t, h.Ready(giveUpSoon(t)))
	assert.Empty(t, h.all("t"))
	h.close()
	require.Error(t, h.Ready(t.Context()))
	h.reopen()
	require.NoError(t, h.Ready(t.Context()))
}
