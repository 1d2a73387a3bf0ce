package outbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// If the page has replaced a function of Storage, what this page wrote is delivered all the same.
func TestReplacedStorageFunctionsLoseNoEvent(t *testing.T) {
	for _, lies := range [][]string{{"keys"}, {"get"}, {"set"}, {"keys", "get"}, {"set", "keys"}, {"set", "get"}, {"set", "get", "keys"}} {
		for _, from := range []string{"the start", "the fifth second"} {
			t.Run(strings.Join(lies, ", ")+" from "+from, func(t *testing.T) {
				w := newWorld(t, 1)
				lie := func() {
					w.faults.noOps = map[string]bool{}
					for _, what := range lies {
						w.faults.noOps[what] = true
					}
				}
				if from == "the start" {
					lie()
				}
				p := w.open()
				var ids []string
				for second := range 15 {
					if second == 5 {
						lie()
					}
					w.faults.network = func(*arrivedRequest) reply { return reply{lost: second%4 == 3} }
					ids = append(ids, p.track(1)...)
					w.run(1_000)
				}
				w.faults.network = nil
				w.settle()
				w.requireStoredOnce(ids...)
				assert.Zero(t, p.outbox.Waiting())
				assert.Zero(t, p.outbox.Dropped().Total())
				if noticed := slices.Contains(lies, "set") || slices.Contains(lies, "get") && (from == "the start" || len(lies) > 1); noticed {
					assert.Equal(t, []StorageStatus{Blocked}, p.failures)
				}
			})
		}
	}
}

func TestStorageThatKeepsNothingCountsAsBlocked(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.noOps = map[string]bool{"set": true}
	p := w.open()
	for range 50 {
		p.track(1)
		w.run(1_000)
	}
	assert.Equal(t, []StorageStatus{Blocked}, p.failures)
	assert.Less(t, p.sets, 5)
}

func TestStorageThatKeepsNothingHandsOverOnLeaving(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.noOps = map[string]bool{"set": true, "get": true}
	p := w.open()
	ids := make([]string, 20)
	for i := range ids {
		ids[i] = p.append("Left", "")
	}
	p.outbox.Leave(w.now)
	p.kill()
	w.run(1_000)
	w.requireStoredOnce(ids...)
}

func TestVerifiedStorageIsNotReadBack(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(1)
	w.faults.noOps = map[string]bool{"get": true}
	p.track(1)
	assert.Empty(t, p.failures)
	w.faults.noOps = nil
}

// A segment that the page emptied, or that a script filtered, does not count as delivered, however long ago that was.
func TestWhatIsGoneWithoutANoteIsSentAgain(t *testing.T) {
	for _, after := range []int64{0, 100, 3_000, 60_000} {
		w := newWorld(t, 1)
		w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
		p := w.open()
		ids := append(p.track(5), p.track(5)...)
		w.run(after)
		clear(w.disk)
		clear(p.view)
		clear(w.mirror)
		ids = append(ids, p.track(1)...)
		w.faults.network = nil
		w.settle()
		w.requireStoredOnce(ids...)
		assert.Empty(t, w.disk)
		assert.Zero(t, p.outbox.Waiting())
	}
}

func TestWhatIsGoneWithoutANoteIsStoredAgain(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	p.track(5)
	before := w.segments()
	clear(w.disk)
	clear(p.view)
	p.outbox.StorageEmptied(w.now)
	assert.Equal(t, before, w.segments())
}

// Only the note says that another tab has delivered a segment, and it keeps the two tabs from sending it twice.
func TestDeliveryNotePreventsASecondRequest(t *testing.T) {
	for _, lag := range []int64{0, 15} {
		w := newWorld(t, 1)
		w.faults.storageLag = lag
		writer, sender := w.open(), w.open()
		w.run(3_000)
		w.lock.join(sender) // So that it is the first to send.
		w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
		var ids []string
		for range 40 {
			ids = append(ids, writer.track(2)...)
			w.run(50)
		}
		w.lock.leave(sender)
		w.faults.network = nil
		w.run(200)
		sender.outbox.Resume(w.now)
		w.settle()
		w.requireStoredOnce(ids...)
		assert.Zero(t, writer.outbox.Waiting())
		assert.Empty(t, w.disk, "the note is removed after a while")
	}
}

func TestTabsThatSendForEachOtherSendOnce(t *testing.T) {
	w := newWorld(t, 3)
	var ids []string
	pages := []*page{w.open(), w.open(), w.open(), w.open()}
	for range 60 {
		for _, p := range pages {
			ids = append(ids, p.track(1)...)
		}
		w.run(int64(w.rand.Intn(400)))
	}
	w.settle()
	w.requireStoredOnce(ids...)
	for id, n := range w.collector.stored {
		assert.Equal(t, 1, n, id)
	}
	assert.Empty(t, w.disk)
}

// A tab that was frozen for longer than the note is kept sends its segments once more, and the collector recognises them.
func TestATabThatMissedTheNoteLosesNothing(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	frozen := w.open()
	ids := frozen.track(3)
	frozen.alive = false
	w.lock.leave(frozen)
	w.faults.network = nil
	other := w.open()
	w.settle()
	require.Zero(t, other.outbox.Waiting())
	require.Empty(t, w.disk)
	frozen.alive = true
	frozen.outbox.Resume(w.now)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Zero(t, frozen.outbox.Waiting())
	assert.Empty(t, w.disk)
}

func TestNoteSpans(t *testing.T) {
	o := New(&Config{Prefix: "tlo_token_"}, &nopPorts{texts: map[string]string{}}, &nopPorts{})
	segmentOf := func(nonce string, number int64) *segment {
		order := string(appendBase36(append(appendBase36(nil, 1_763_922_000_000, timeDigits), nonce...), number, numberDigits))
		return o.parseKey(o.segmentKey(order, 1, 10, ""))
	}
	for _, n := range []int64{7, 8, 9, 11, 35, 36, 37, 46_656} {
		o.noteDelivery(segmentOf("aaaaaaaa", n))
	}
	o.noteDelivery(segmentOf("bbbbbbbb", 46_657))
	note := o.newSpans
	assert.Len(t, note, 5*spanBytes, "runs are one span each")
	for n := int64(1); n < 50_000; n++ {
		want := n >= 7 && n <= 9 || n == 11 || n >= 35 && n <= 37 || n == 46_656
		require.Equal(t, want, noteContains(note, o.origin(segmentOf("aaaaaaaa", n))), n)
	}
	assert.True(t, noteContains(note, o.origin(segmentOf("bbbbbbbb", 46_657))))
	assert.False(t, noteContains(note, o.origin(segmentOf("cccccccc", 7))))
	assert.False(t, noteContains("x", o.origin(segmentOf("aaaaaaaa", 7))))
	assert.False(t, noteContains(strings.Repeat("~", spanBytes+3), o.origin(segmentOf("aaaaaaaa", 7))))
}

func TestTheNoteIsBounded(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	for range 300 {
		p := w.open()
		p.track(1)
		p.kill()
	}
	w.faults.network = nil
	w.open()
	w.run(10_000)
	note := w.disk["tlo_token_delivered"]
	assert.NotEmpty(t, note)
	assert.LessOrEqual(t, len(note), maxSpans*spanBytes)
	w.settle()
	assert.Len(t, w.collector.stored, 300)
	assert.Empty(t, w.disk)
}

// If the page has replaced removeItem, each page sends settled segments once, and memory does not fill up with them.
func TestStorageThatRemovesNothing(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.noOps = map[string]bool{"remove": true}
	var ids []string
	for range 3 {
		p := w.open()
		for range 30 {
			ids = append(ids, p.track(2)...)
			w.run(3_000)
		}
		assert.Zero(t, p.outbox.Waiting())
		p.kill()
	}
	w.requireStoredOnce(ids...)
	for _, id := range ids {
		assert.LessOrEqual(t, w.collector.stored[id], 3, id)
	}
}

// A copy from the mirror counts as stored only if storage keeps it: a script may filter storage by then.
func TestCopiesThatStorageDoesNotKeepAreDelivered(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	killed := w.open()
	ids := killed.track(3)
	w.run(3_000)
	killed.kill()
	clear(w.disk)
	p := w.open()
	ids = append(ids, p.track(1)...)
	w.faults.noOps = map[string]bool{"set": true}
	w.faults.network = nil
	p.adopt()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, []StorageStatus{Blocked}, p.failures)
}
