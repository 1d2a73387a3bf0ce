package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMessagesThatGoAlone(t *testing.T) {
	for _, alone := range []Alone{AloneByFetch, AloneByBeacon} {
		w := newWorld(t, 1)
		p := w.open()
		p.alone = alone
		ids := p.track(3)
		require.Len(t, p.requests, 3, "they are under way when the call returns, without the lock")
		for i, r := range p.requests {
			assert.True(t, strings.HasPrefix(r.Body, "data={"), r.Body)
			assert.Equal(t, ids[i], r.events[0].id())
		}
		w.settle()
		w.requireStoredOnce(ids...)
		assert.Empty(t, w.disk)
		if alone == AloneByFetch {
			assert.Len(t, p.requests, 3, "they were answered, so that nothing goes again")
		}
	}
}

func TestMessagesThatGoAloneWaitIfTheyFail(t *testing.T) {
	faults := map[string]reply{
		"no network":      {lost: true},
		"503":             {replacesCollector: true, answer: Answer{Status: 503, RetryAfterMS: -1}},
		"login page":      {replacesCollector: true, answer: Answer{Status: 200, RetryAfterMS: -1, Body: "<html>"}},
		"no answer heard": {answerLost: true},
		"no answer":       {noAnswer: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			p := w.open()
			p.alone = AloneByFetch
			w.faults.network = func(*arrivedRequest) reply { return fault }
			ids := p.track(2)
			w.run(5_000)
			p.clearFaults()
			w.settle()
			w.requireStoredOnce(ids...)
			assert.Empty(t, w.disk)
		})
	}
}

func TestMessagesThatGoAloneAfterTheTabIsKilled(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.alone = AloneByFetch
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	ids := p.track(2)
	p.kill()
	p.clearFaults()
	w.open()
	w.settle()
	w.requireStoredOnce(ids...)
}

func TestMessagesThatGoAloneObeyRetryAfter(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.alone = AloneByFetch
	w.faults.network = func(*arrivedRequest) reply {
		return reply{replacesCollector: true, answer: Answer{Status: 503, RetryAfterMS: 20_000}}
	}
	first := p.track(1)
	w.run(1_000)
	p.clearFaults()
	more := p.track(60)
	assert.Len(t, p.requests, 1)
	w.settle()
	w.requireStoredOnce(append(first, more...)...)
}

func TestNotTooManyRequestsOfMessagesThatGoAlone(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.alone = AloneByFetch
	ids := p.track(200)
	assert.Len(t, p.requests, maxInFlightAlone)
	w.settle()
	w.requireStoredOnce(ids...)
}

func TestWhatWaitsAloneIsClearedToo(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.alone = AloneByFetch
	p.append("Viewed", "")
	p.clear()
	p.outbox.Commit(w.now)
	w.settle()
	assert.Empty(t, p.requests)
}

func TestPausedOutboxSendsOnlyWhatGoesAloneUntilItGoesOn(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open(func(c *Config) { c.Paused = true })
	ids := p.track(3)
	p.outbox.Leave(w.now)
	w.run(60_000)
	p.outbox.Resume(w.now)
	w.run(60_000)
	assert.Empty(t, p.requests)
	p.alone = AloneByFetch
	ids = append(ids, p.track(1)...)
	assert.Len(t, p.requests, 1)
	config := *p.outbox.config
	config.Paused = false
	p.outbox.Configure(&config)
	p.outbox.Commit(w.now)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Empty(t, w.disk)
}

func TestFlushSendsWhatAPausedOutboxKeeps(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open(func(c *Config) { c.Paused = true })
	ids := p.track(3)
	p.outbox.Flush(w.now, 1)
	w.settle()
	w.requireStoredOnce(ids...)
}
