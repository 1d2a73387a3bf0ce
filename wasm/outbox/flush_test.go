package outbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFlushEndsWhenAllThatWaitedIsDelivered(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.outbox.Flush(w.now, 1)
	assert.True(t, p.flushed[1], "nothing waits")
	p.track(200)
	w.run(300)
	p.track(10)
	p.outbox.Flush(w.now, 2)
	p.outbox.Flush(w.now, 3)
	assert.NotContains(t, p.flushed, uint32(2))
	w.run(30)
	p.track(1)
	w.run(100)
	assert.True(t, p.flushed[2])
	assert.True(t, p.flushed[3])
}

func TestFlushTakesWhatIsNotYetCommitted(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	id := p.append("Viewed", "")
	p.outbox.Flush(w.now, 1)
	w.run(100)
	assert.True(t, p.flushed[1])
	w.requireStoredOnce(id)
}

func TestFlushSaysThatItFailed(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = answers(times(2, reply{lost: true})...)
	p := w.open()
	p.track(3)
	w.run(100)
	p.outbox.Flush(w.now, 1)
	w.run(100)
	assert.Len(t, p.requests, 2, "a flush does not wait for the next retry")
	assert.Equal(t, map[uint32]bool{1: false}, p.flushed)
	w.settle()
	assert.Len(t, w.collector.order, 3)
}

func TestFlushCountsWhatAnotherTabDelivered(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 300
	first, second := w.open(), w.open()
	first.track(5)
	w.run(10)
	second.track(5)
	second.outbox.Flush(w.now, 1)
	w.run(5_000)
	assert.True(t, second.flushed[1])
}

func TestFlushEndsThoughEventsAreSetAside(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	ids := p.track(3)
	w.collector.bad = map[string]bool{ids[0]: true, ids[1]: true, ids[2]: true}
	p.outbox.Flush(w.now, 1)
	w.run(1_000)
	assert.True(t, p.flushed[1])
	assert.Equal(t, ids, p.rejected)
}
