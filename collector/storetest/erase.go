package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

// erase deletes a person, and waits until the events are gone too.
func (h *harness) erase(token, id string) event.Erasure {
	h.t.Helper()
	asked, err := h.Erase(h.t.Context(), token, id)
	require.NoError(h.t, err)
	require.Zero(h.t, asked.DoneMS)
	require.Equal(h.t, asOf.UnixMilli(), asked.AskedMS)
	return h.erased(token, asked.ID)
}

func (h *harness) erased(token string, id int64) (done event.Erasure) {
	h.t.Helper()
	eventually(h.t, func() bool {
		list, err := h.Erasures(h.t.Context(), token, 10)
		require.NoError(h.t, err)
		for _, e := range list {
			if e.ID == id {
				done = e
			}
		}
		return done.DoneMS > 0
	})
	return done
}

func (h *harness) distinctIDs(token string) map[string]int {
	h.t.Helper()
	counts := map[string]int{}
	for _, e := range h.all(token) {
		counts[e.DistinctID]++
	}
	return counts
}

func eventOf(token, distinctID, insertID string, sentMS int64) event.Event {
	return event.Event{Token: token, Name: "E", DistinctID: distinctID, SentMS: sentMS, InsertID: insertID, Properties: `{"secret":"` + distinctID + `"}`}
}

// Deleting a person deletes everything under all of the person's ids, in this project only; what a client sends again is not stored, at no store,
// and what it sends anew is.
func testErase(t *testing.T, kind Kind) {
	both := stores(t, kind)
	h, other := both[0], both[1]
	batch := event.Batch{
		Events: []event.Event{
			eventOf("t", "$device:jane", "1", 1), newClaim("jane@example.com", "$device:jane", "2"), eventOf("t", "jane@example.com", "3", 3),
			newClaim("$device:jane", "jane-in-the-till", "4"), eventOf("t", "jane-in-the-till", "5", 5),
			newClaim("jane@example.com", "$device:bob", "6"), // lost, and names her
			eventOf("t", "$device:bob", "7", 7), eventOf("u", "jane@example.com", "8", 8),
		},
		Updates: []event.Update{
			{Token: "t", Subject: "jane@example.com", Operations: `{"$set":{"name":"jane's secret"}}`},
			{Token: "t", Subject: "$device:bob", Operations: `{"$set":{"name":"Bob"}}`},
			{Token: "t", GroupKey: "company", Subject: "jane@example.com", Operations: `{"$set":{"size":3}}`},
		},
	}
	require.NoError(t, h.Store.Store(t.Context(), batch))
	done := h.erase("t", "jane@example.com")
	assert.Equal(t, 3, done.IDs)
	assert.Equal(t, 1, done.Updates)
	assert.Equal(t, 6, done.Events)
	check := func(h *harness, want map[string]int) {
		t.Helper()
		assert.Equal(t, want, h.distinctIDs("t"))
		assert.Equal(t, map[string]int{"jane@example.com": 1}, h.distinctIDs("u"), "another project's")
		for _, id := range []string{"$device:jane", "jane@example.com", "jane-in-the-till"} {
			assert.Equal(t, id, h.resolve("t", id))
			assert.Equal(t, want[id], h.count("t", id))
			person, _ := h.person("t", id, 10)
			assert.Empty(t, person.Conflicts)
		}
		assert.Equal(t, `{}`, h.profile("", "$device:jane", "jane@example.com", "jane-in-the-till"))
		assert.Equal(t, `{"name":"Bob"}`, h.profile("", "$device:bob"))
		assert.Equal(t, `{"size":3}`, h.profile("company", "jane@example.com"))
	}
	check(h, map[string]int{"$device:bob": 1})
	again := event.Batch{Events: batch.Events}
	require.NoError(t, other.Store.Store(t.Context(), again), "a client that sends it again is answered that it is stored")
	require.NoError(t, h.Store.Store(t.Context(), again))
	check(other, map[string]int{"$device:bob": 1})
	other.send(eventOf("t", "jane@example.com", "9", asOf.UnixMilli()+1))
	check(h, map[string]int{"$device:bob": 1, "jane@example.com": 1})
	h.close()
	h.reopen()
	require.NoError(t, h.Store.Store(t.Context(), again))
	check(h, map[string]int{"$device:bob": 1, "jane@example.com": 1})
	later := newClaim("jane@example.com", "$device:new", "10")
	later.SentMS = asOf.UnixMilli() + 2
	h.send(later)
	assert.Equal(t, "$device:new", other.resolve("t", "jane@example.com"), "somebody else can have the alias now")
	list, err := other.Erasures(t.Context(), "t", 10)
	require.NoError(t, err)
	assert.Len(t, list, 1)
	nobody := other.erase("t", "nobody")
	assert.Equal(t, 1, nobody.IDs, "that is recorded too")
	assert.Zero(t, nobody.Events)
}

// A person of more ids than one transaction deletes is deleted whole, whether the aliases are a star or a chain, and so are strangers' claims.
func testEraseManyIDs(t *testing.T, kind Kind) {
	const ids = 1300
	for shape, target := range map[string]func(i int) string{
		"star": func(int) string { return "0" }, "chain": func(i int) string { return fmt.Sprint(i - 1) },
	} {
		t.Run(shape, func(t *testing.T) {
			h := newHarness(t, kind)
			events := []event.Event{newClaim("other", "else", "o")}
			for i := 1; i < ids; i++ {
				events = append(events, newClaim(fmt.Sprint(i), target(i), fmt.Sprint(i)))
			}
			for i := range 6000 {
				events = append(events, newClaim("700", fmt.Sprint("stranger ", i), fmt.Sprint("s", i)))
			}
			h.send(events...)
			done := h.erase("t", "1234")
			assert.Equal(t, ids, done.IDs)
			assert.Equal(t, ids-1+6000, done.Events)
			assert.Equal(t, map[string]int{"else": 1}, h.distinctIDs("t"))
			assert.Equal(t, "else", h.resolve("t", "other"))
			person, _ := h.person("t", "700", 10)
			assert.Empty(t, person.Conflicts)
		})
	}
}

// A deletion of more events than one step looks at goes on after a restart.
func testEraseManyEvents(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	var events []event.Event
	for i := range 45_000 {
		events = append(events, eventOf("t", fmt.Sprint("d", i%3), fmt.Sprint(i), int64(i+1)))
	}
	h.send(events...)
	asked, err := h.Erase(t.Context(), "t", "d1")
	require.NoError(t, err)
	h.close()
	h.reopen()
	assert.Equal(t, 15_000, h.erased("t", asked.ID).Events)
	assert.Equal(t, map[string]int{"d0": 15_000, "d2": 15_000}, h.distinctIDs("t"))
}

// Clients that send a person's events again and again while the person is being deleted do not bring any of them back.
func testEraseUnderLoad(t *testing.T, kind Kind) {
	both := stores(t, kind)
	events := []event.Event{newClaim("jane", "$device:jane", "c")}
	for i := range 30 {
		events = append(events, eventOf("t", "jane", fmt.Sprint(i), int64(i+1)), eventOf("t", "bob", fmt.Sprint(i), int64(i+1)))
	}
	both[0].send(events...)
	var group sync.WaitGroup
	var finished atomic.Bool
	for client := range 4 {
		group.Go(func() {
			for !finished.Load() {
				assert.NoError(t, both[client%2].Store.Store(t.Context(), event.Batch{Events: events}))
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	both[0].erase("t", "jane")
	time.Sleep(20 * time.Millisecond)
	finished.Store(true)
	group.Wait()
	for _, h := range both {
		assert.Equal(t, map[string]int{"bob": 30}, h.distinctIDs("t"))
		assert.Equal(t, "jane", h.resolve("t", "jane"))
	}
}

// A profile does not come back by an update of before the deletion that a client sends again, if the update says when it was made.
func testErasedProfile(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	asked := asOf.UnixMilli()
	before := event.Update{Subject: "jane", Operations: `{"$set":{"name":"Jane"}}`, TimeMS: asked - 1}
	group := event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$set":{"size":3}}`, TimeMS: asked - 1}
	h.update(before, group)
	assert.Equal(t, 1, h.erase("t", "jane").Updates)
	h.update(before, group)
	assert.Equal(t, `{}`, h.profile("", "jane"))
	assert.Equal(t, `{"size":3}`, h.profile("company", "jane"))
	h.update(event.Update{Subject: "jane", Operations: `{"$set":{"name":"Ann"}}`, TimeMS: asked + 1}, event.Update{Subject: "jane", Operations: `{"$set":{"n":1}}`})
	assert.JSONEq(t, `{"name":"Ann","n":1}`, h.profile("", "jane"))
}

// Ids of events that were deleted are not given again, also after a restart: whoever reads on after the last event would miss the new one.
func testIDsAreNotGivenTwice(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	h.send(eventOf("t", "bob", "1", 1), eventOf("t", "jane", "2", 2))
	newest := h.all("t")[1].ID
	h.erase("t", "jane")
	h.send(eventOf("t", "bob", "3", 3))
	assert.Greater(t, h.all("t")[1].ID, newest)
	newest = h.all("t")[1].ID
	h.erase("t", "bob")
	h.close()
	h.reopen()
	h.send(eventOf("t", "ann", "4", 4))
	assert.Greater(t, h.all("t")[0].ID, newest)
}

// Events that came longer ago than their project keeps them are deleted; profiles and persons stay.
func testRetention(t *testing.T, kind Kind) {
	const day = 24 * time.Hour
	open := kind.New(t)
	h := openHarness(t, open, store.Config{Retention: map[string]time.Duration{"t": 30 * day, "*": 90 * day, "kept": 0}})
	for i, age := range []time.Duration{100 * day, 40 * day, 20 * day} {
		h.setNow(asOf.Add(-age))
		for _, token := range []string{"t", "u", "kept"} {
			var events []event.Event
			for n := range 2500 {
				events = append(events, eventOf(token, "jane", fmt.Sprint(i, "-", n), int64(n+1)))
			}
			h.send(events...)
		}
	}
	h.send(newClaim("alias", "jane", "c"))
	h.update(event.Update{Subject: "jane", Operations: `{"$set":{"a":1}}`})
	h.setNow(asOf)
	h.close()
	h.reopen()
	counts := func() [3]int { return [3]int{h.count("t", "jane"), h.count("u", "jane"), h.count("kept", "jane")} }
	eventually(t, func() bool { return counts() == [3]int{2501, 5000, 7500} })
	time.Sleep(50 * time.Millisecond)
	assert.Equal(t, [3]int{2501, 5000, 7500}, counts())
	assert.Equal(t, "jane", h.resolve("t", "alias"))
	assert.JSONEq(t, `{"a":1}`, h.profile("", "jane"))
}

// A clock that was wrong for a while keeps no old events: those that came while it was ahead go with what came after them, and no others.
func testRetentionOfWrongClocks(t *testing.T, kind Kind) {
	const day = 24 * time.Hour
	open := kind.New(t)
	h := openHarness(t, open, store.Config{Retention: map[string]time.Duration{"*": 30 * day}})
	send := func(at time.Time, token, id string, n int) {
		h.setNow(at)
		var events []event.Event
		for i := range n {
			events = append(events, eventOf(token, id, fmt.Sprint(id, i), int64(i+1)))
		}
		h.send(events...)
	}
	for _, token := range []string{"t", "u"} {
		send(asOf.Add(-50*day), token, "older", 1)
		send(asOf.Add(5000*day), token, "ahead", 4500)
	}
	send(asOf.Add(-40*day), "t", "old", 2500)
	for _, token := range []string{"t", "u"} {
		send(asOf.Add(-20*day), token, "young", 10)
		send(asOf.Add(5000*day), token, "ahead again", 2500)
		send(asOf.Add(-10*day), token, "young too", 10)
		send(asOf.Add(-10_000*day), token, "behind", 1)
	}
	h.setNow(asOf)
	h.close()
	h.reopen()
	young := map[string]int{"young": 10, "ahead again": 2500, "young too": 10, "behind": 1}
	eventually(t, func() bool { return h.count("t", "old") == 0 && h.count("u", "older") == 0 })
	assert.Equal(t, young, h.distinctIDs("t"))
	young["ahead"] = 4500
	assert.Equal(t, young, h.distinctIDs("u"), "what came ahead of what is young is kept")
}
