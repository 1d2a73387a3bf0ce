package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (w *world) requireStoredOnce(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		require.Positive(w.t, w.collector.stored[id], "%s did not arrive", id)
	}
}

func TestOneTaskIsOneWrite(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.sets = 0
	ids := p.track(20)
	assert.Equal(t, 1, p.sets)
	segments := w.segments()
	require.Len(t, segments, 1)
	assert.Len(t, strings.Split(segments[0], "\n"), 20)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
	assert.Zero(t, p.keeps, "what is acknowledged within a second is not copied")
}

func TestFirstEventGoesAtOnceAndLaterOnesTogether(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	start := w.now
	p.track(1)
	for range 9 {
		w.run(100)
		p.track(1)
	}
	w.settle()
	require.GreaterOrEqual(t, len(p.requests), 2)
	assert.Less(t, p.requests[0].at-start, int64(10))
	assert.Len(t, p.requests[0].events, 1)
	assert.LessOrEqual(t, len(p.requests), 4)
}

func TestUrgentMessageGoesAtOnceInOrderAndIsAcknowledged(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(1)
	w.run(60_000)
	before := p.append("Before", "")
	alias := p.alias()
	after := p.track(1)
	w.run(30)
	require.Len(t, p.requests, 2)
	assert.Equal(t, append([]string{before, alias}, after...), w.collector.order[1:])
	assert.Equal(t, []string{alias}, p.acknowledged)
}

func TestAliasOfAKilledTabIsAcknowledgedByTheNext(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	first := w.open()
	alias := first.alias()
	w.run(5_000)
	first.kill()
	w.faults.network = nil
	second := w.open()
	w.settle()
	w.requireStoredOnce(alias)
	assert.Equal(t, []string{alias}, second.acknowledged)
}

func TestKilledTabLosesNothing(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	ids := p.track(50)
	p.kill()
	w.open()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Empty(t, w.disk)
}

func TestSegmentsSortByTimeThoughTheClockGoesBack(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	var ids []string
	for range 5 {
		ids = append(ids, p.track(2)...)
		w.now -= 3_600_000
	}
	for i, text := range w.segments() {
		assert.Contains(t, text, ids[2*i])
	}
}

func TestClockSetBackDoesNotStopTheSender(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(1)
	w.run(1_000)
	ids := p.track(1)
	for i := range w.actions {
		w.actions[i].at -= 86_400_000 // Timers do not follow the clock.
	}
	w.now -= 86_400_000
	w.run(2_000)
	w.requireStoredOnce(ids...)
}

func TestOneSenderAtATime(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 400
	flying := 0
	w.faults.network = func(*arrivedRequest) reply {
		require.Zero(t, flying, "two requests at once")
		flying++
		w.schedule(400, func() { flying-- })
		return reply{}
	}
	var ids []string
	for range 8 {
		ids = append(ids, w.open().track(30)...)
	}
	w.settle()
	w.requireStoredOnce(ids...)
	for id, times := range w.collector.stored {
		assert.Equal(t, 1, times, id)
	}
}

func TestWithoutALockItSendsAfterAWhile(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.noLock = true
	p := w.open()
	ids := p.track(3)
	w.run(50_000)
	assert.Empty(t, p.requests)
	w.settle()
	w.requireStoredOnce(ids...)
}

func TestLockIsHeldOnlyWhileSending(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(10)
	w.run(2_000)
	assert.Empty(t, w.lock.queue)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p.track(10)
	w.run(2_000)
	assert.Empty(t, w.lock.queue, "not while waiting to retry")
}

func TestKeysOfOtherProjectsAreLeftAlone(t *testing.T) {
	w := newWorld(t, 1)
	other := w.open(func(c *Config) { c.Prefix = "tlo_token_phone_" })
	other.clearFaults()
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	other.track(3)
	other.kill()
	w.disk["tlo_token_junk"] = "{"
	w.disk["tlo_token_"] = "{"
	kept := len(w.disk)
	w.faults.network = nil
	p := w.open()
	ids := p.track(1)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Len(t, w.collector.stored, 1)
	assert.Len(t, w.disk, kept)
}

func (p *page) clearFaults() { p.world.faults.network = nil }

func TestMessagesBeyondTheBoundAreRefusedCountedAndReported(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	p.outbox.limits.Messages = 100
	ids := p.track(100)
	p.track(7)
	p.track(5)
	alias := p.alias()
	assert.Equal(t, 1, p.full)
	assert.Equal(t, 12, p.outbox.Dropped().Total())
	w.faults.network = nil
	w.settle()
	w.requireStoredOnce(append(ids, alias)...)
	require.Len(t, p.undelivered, 1)
	assert.Equal(t, Drops{Overflow: 12}, p.undelivered[0])
	assert.Equal(t, 12, p.outbox.Dropped().Total())
	w.requireStoredOnce(p.ownEvents...)
	assert.Equal(t, 12, w.open().outbox.Dropped().Total(), "kept for later pages")
}

func TestBytesAreBounded(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	for range 60 {
		p.append("Big", `,"text":"`+strings.Repeat("x", 100_000)+`"`)
	}
	p.outbox.Commit(w.now)
	assert.Equal(t, 49, p.outbox.Waiting())
	assert.Equal(t, Drops{Overflow: 11}, p.outbox.Dropped())
}

func TestSpaceFreedByAnotherTabIsFound(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	p.outbox.limits.Messages = 10
	p.track(10)
	other := w.open()
	w.faults.network = nil
	other.outbox.Resume(w.now)
	w.run(200)
	require.NotEmpty(t, w.collector.order)
	w.run(3_000)
	p.track(1)
	assert.Zero(t, p.outbox.Dropped().Total())
}

func TestDropsOfADeadTabAreReported(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	for range 3 {
		p := w.open()
		p.outbox.limits.Messages = 10
		p.track(1)
		p.track(20)
		p.kill()
	}
	w.faults.network = nil
	p := w.open()
	w.settle()
	require.Len(t, p.undelivered, 1)
	assert.Equal(t, 3*21-10, p.undelivered[0].Overflow)
}
