package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clear clears a page's outbox, and returns the insert ids of what it deleted.
func (p *page) clear() []string {
	var ids []string
	p.outbox.Clear(p.world.now, func(message string) {
		_, rest, _ := strings.Cut(message, `"$insert_id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		ids = append(ids, id)
	})
	return ids
}

// requireNothingLeft checks that nothing waits anywhere, and that the collector receives nothing from this page or the next.
func (w *world) requireNothingLeft() {
	w.faults.network = nil
	w.settle()
	next := w.open()
	next.adopt()
	w.settle()
	assert.Empty(w.t, w.collector.order)
	assert.Empty(w.t, w.segments())
	assert.Empty(w.t, w.mirror)
	assert.Zero(w.t, next.outbox.Dropped().Total(), "what was to be deleted is no loss")
}

func TestClearDeletesWhatWaitsOnThisPageAndOnOthers(t *testing.T) {
	for name, when := range map[string]int64{"at once": 0, "stored": 400, "copied": 5_000} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
			earlier := w.open()
			ids := earlier.track(3)
			w.run(when)
			earlier.kill()
			living := w.open()
			ids = append(ids, living.track(2)...)
			p := w.open()
			ids = append(ids, p.track(2)...)
			w.run(when)
			ids = append(ids, p.append("Viewed", "")) // of the task that clears
			assert.ElementsMatch(t, ids, p.clear())
			assert.Zero(t, p.outbox.Waiting())
			living.clear() // It applies the opt-out too.
			w.requireNothingLeft()
			assert.Empty(t, p.undelivered)
		})
	}
}

// After a crash of the browser only the mirror has what waited, and the copies arrive after Clear was called.
func TestClearDeletesWhatOnlyTheMirrorHas(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	w.open().track(3)
	w.run(10_000)
	w.killBrowser(map[string]string{})
	require.NotEmpty(t, w.mirror)
	w.faults.mirrorDelay = 300
	p := w.open()
	p.outbox.ports.Recall(p.outbox.config.Prefix)
	p.clear()
	later := p.track(2)
	w.faults.network = nil
	w.settle()
	assert.Equal(t, later, w.collector.order, "what comes afterwards is kept")
	assert.Empty(t, w.mirror)
}

// The answer to a request in flight is ignored, and the request is not repeated.
func TestClearForgetsWhatIsUnderWay(t *testing.T) {
	for name, answer := range map[string]reply{
		"delivered":   {},
		"refused":     {replacesCollector: true, answer: Answer{Status: 400, Body: `{"status":0,"error":"bad"}`}},
		"unavailable": {replacesCollector: true, answer: Answer{Status: 503}},
		"no answer":   {lost: true},
		"never":       {noAnswer: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.latency = 1_000
			w.faults.network = func(*arrivedRequest) reply { return answer }
			p := w.open()
			p.alias()
			w.run(100)
			require.Len(t, p.requests, 1)
			p.outbox.Flush(w.now, 7)
			assert.Len(t, p.clear(), 1)
			done, ended := p.flushed[7]
			assert.True(t, ended && !done, "nothing of it was acknowledged, as far as is known")
			w.settle()
			assert.Len(t, p.requests, 1)
			assert.Zero(t, p.outbox.Dropped().Total())
			assert.Empty(t, p.rejected)

			w.faults.network = nil
			ids := p.track(2)
			w.settle()
			assert.Subset(t, w.collector.order, ids, "the sender goes on")
			assert.Empty(t, w.lock.queue)
		})
	}
}

func TestNothingIsHandedOverAfterClear(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(1)
	w.run(100)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p.track(5)
	p.clear()
	before := len(p.requests)
	p.outbox.Leave(w.now)
	assert.Len(t, p.requests, before)
}

func TestClearWhereStorageIsRefused(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.storageOff = true
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(3)
	w.run(3_000)
	assert.ElementsMatch(t, ids, p.clear())
	w.requireNothingLeft()
}

// A tab that is still open and has not applied the opt-out must not store or send again what was cleared: neither its own segments nor
// the message that it keeps for probes.
func TestClearIsNoLossThatATabMakesGood(t *testing.T) {
	w := newWorld(t, 1)
	p, other := w.open(), w.open()
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	other.track(5)
	w.run(3_000)
	p.clear()
	w.faults.network = nil
	other.outbox.Resume(w.now)
	w.requireNothingLeft()
	assert.Zero(t, other.outbox.Waiting())
}

func TestClearForgetsTheProbe(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	taken := p.track(1)
	w.run(1_000)
	p.clear()
	w.faults.network = func(*arrivedRequest) reply { return status(400, "0") }
	p.track(1)
	w.run(100_000)
	for _, r := range p.requests[1:] {
		assert.NotContains(t, r.Body, taken[0])
	}
}
