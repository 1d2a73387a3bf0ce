package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLeavingHandsOverWhatFits(t *testing.T) {
	for _, n := range []int{1, 20, 500} {
		w := newWorld(t, 1)
		p := w.open()
		ids := make([]string, n)
		for i := range ids {
			ids[i] = p.append("Left", "")
		}
		p.outbox.Leave(w.now)
		p.kill()
		w.run(1_000)
		assert.NotEmpty(t, w.collector.order)
		bytes := map[Mode]int{}
		for _, r := range p.requests {
			bytes[r.Mode] += len(r.Body)
		}
		assert.Zero(t, bytes[Fetch])
		assert.LessOrEqual(t, bytes[Keepalive], keepaliveQuotaBytes)
		assert.LessOrEqual(t, bytes[Beacon], keepaliveQuotaBytes)
		if n < 500 {
			assert.Len(t, w.collector.order, n)
		}
		next := w.open()
		w.settle()
		w.requireStoredOnce(ids...)
		assert.Empty(t, w.disk)
		assert.NotEmpty(t, next.requests, "nobody heard the answers, so all of it goes again")
	}
}

func TestLeavingTwiceHandsOverOnce(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.outbox.Leave(w.now)
	ids := p.track(10)
	p.outbox.Leave(w.now)
	p.outbox.Leave(w.now)
	w.settle()
	for _, id := range ids {
		assert.Equal(t, 1, w.collector.stored[id])
	}
	assert.Empty(t, w.disk)
}

func TestWhatIsUnderWayWhenThePageIsLeftIsHandedOverToo(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	w.faults.network = func(r *arrivedRequest) reply { return reply{lost: r.Mode == Fetch} }
	ids := p.track(10)
	w.run(2)
	p.outbox.Leave(w.now)
	p.kill()
	w.run(1_000)
	w.requireStoredOnce(ids...)
}

// When the page is left, a request of 256 kB carries the first of 500 events. The other events are handed over before those.
func TestWhatIsUnderWayIsHandedOverLast(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 400
	p := w.open(func(c *Config) { c.BatchSize = 500 })
	var ids []string
	for range 500 {
		ids = append(ids, p.append("Left", `,"text":"`+strings.Repeat("x", 600)+`"`))
	}
	p.outbox.Commit(w.now)
	w.run(2)
	require.Len(t, p.requests, 1)
	under := len(p.requests[0].events)
	require.Less(t, under, 500)
	p.outbox.Leave(w.now)
	handed := map[string]int{}
	for _, r := range p.requests {
		for _, e := range r.events {
			handed[e.id()]++
		}
	}
	for i, id := range ids {
		require.Equal(t, 1, handed[id], "event %d of 500, of which %d are under way", i, under)
	}
	assert.Equal(t, Keepalive, p.requests[1].Mode)
	assert.Equal(t, ids[under], p.requests[1].events[0].id(), "the first that is not under way")
	p.kill()
	w.settle()
	w.open()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Empty(t, w.disk)
}

// The same holds if the quota has space for a part of what is in flight.
func TestOnlyRoomThatIsLeftRepeatsWhatIsUnderWay(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 400
	p := w.open(func(c *Config) { c.BatchSize = 500 })
	for range 345 {
		p.append("Left", `,"text":"`+strings.Repeat("x", 600)+`"`)
	}
	p.outbox.Commit(w.now)
	w.run(2)
	p.outbox.Leave(w.now)
	require.Len(t, p.requests, 2)
	handed := map[string]int{}
	for _, r := range p.requests {
		for _, e := range r.events {
			handed[e.id()]++
		}
	}
	assert.Len(t, handed, 345)
	assert.Equal(t, Keepalive, p.requests[1].Mode)
}

// If the quota has space after that, what is in flight is handed over too, because an ordinary fetch may end with the page.
func TestRoomThatIsLeftIsForWhatIsUnderWay(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(r *arrivedRequest) reply { return reply{lost: r.Mode == Fetch} }
	p := w.open()
	ids := p.track(10)
	w.run(2)
	ids = append(ids, p.track(10)...)
	p.outbox.Leave(w.now)
	require.Len(t, p.requests, 2)
	assert.Equal(t, ids[10], p.requests[1].events[0].id())
	p.kill()
	w.run(1_000)
	w.requireStoredOnce(ids...)
}

func TestRefusedBeaconsAreMadeSmaller(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.keepalive = 65_536 // Chromium's quota, for keepalive requests and beacons together.
	p := w.open(func(c *Config) { c.BatchSize = 500 })
	for range 200 {
		p.append("Left", `,"text":"`+strings.Repeat("x", 600)+`"`)
	}
	p.outbox.Leave(w.now)
	var modes []Mode
	count := 0
	for _, r := range p.requests {
		modes = append(modes, r.Mode)
		count += len(r.events)
	}
	assert.Equal(t, []Mode{Keepalive, Beacon, Fetch}, modes)
	assert.Equal(t, 200, count)
	w.settle()
	assert.Len(t, w.collector.order, 200)
	assert.Empty(t, w.disk)
}

func TestABacklogDoesNotKeepALeavingPageBusy(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	p.trackLarge(400)
	w.run(1_000)
	before := len(p.requests)
	p.outbox.Leave(w.now)
	bytes := 0
	for _, r := range p.requests[before:] {
		bytes += len(r.Body)
	}
	assert.Less(t, bytes, 2*keepaliveQuotaBytes+maxLeaveFetches*maxBatchBytes)
}

func TestHiddenPageHandsOverEachTaskUntilItIsShown(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.outbox.Leave(w.now)
	for range 3 {
		ids := p.track(2)
		w.run(50)
		w.requireStoredOnce(ids...)
	}
	for _, r := range p.requests {
		assert.Equal(t, Keepalive, r.Mode)
	}
	p.outbox.Resume(w.now)
	p.track(1)
	w.settle()
	assert.Equal(t, Fetch, p.requests[len(p.requests)-1].Mode)
}

func TestHiddenPageGoesOnWhereKeepaliveFails(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.keepalive = 0
	p := w.open()
	p.outbox.Leave(w.now)
	ids := p.track(10)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Empty(t, w.disk)
}

func TestBeaconIsNoAcknowledgement(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	for range 120 {
		p.append("Left", `,"text":"`+strings.Repeat("x", 800)+`"`)
	}
	w.faults.network = func(r *arrivedRequest) reply { return reply{lost: r.Mode == Beacon} }
	p.outbox.Leave(w.now)
	w.run(1_000)
	assert.NotEmpty(t, w.disk)
	p.outbox.Resume(w.now)
	w.run(1_000)
	assert.Len(t, w.collector.order, 120)
	assert.Empty(t, w.disk)
}

func TestHiddenPageSendsAgainWhatABeaconTook(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.keepalive = 130_000
	w.faults.network = func(r *arrivedRequest) reply { return reply{lost: r.Mode == Beacon} }
	p := w.open()
	for range 120 {
		p.append("Left", `,"text":"`+strings.Repeat("x", 800)+`"`)
	}
	p.outbox.Leave(w.now)
	w.settle()
	assert.Len(t, w.collector.order, 120)
	assert.Empty(t, w.disk)
}

func TestLargeEventStaysForTheNextVisit(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	big := p.append("Big", `,"text":"`+strings.Repeat("x", 900_000)+`"`)
	small := p.append("Small", "")
	p.outbox.Leave(w.now)
	p.kill()
	w.run(100)
	w.requireStoredOnce(small)
	assert.Zero(t, w.collector.stored[big])
	w.open()
	w.settle()
	w.requireStoredOnce(big, small)
}

func TestLeavingGivesTheLockBack(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	other := w.open()
	other.track(1)
	w.run(2)
	p.track(1)
	require.Len(t, w.lock.queue, 2)
	p.outbox.Leave(w.now)
	other.outbox.Leave(w.now)
	assert.Empty(t, w.lock.queue)
}

func TestOfflineAndBack(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	var ids []string
	for range 60 {
		ids = append(ids, p.track(1)...)
		w.run(60_000)
	}
	w.faults.network = nil
	p.outbox.Resume(w.now)
	w.run(1_000)
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
}

func TestLeavingCopiesWhatIsNotDelivered(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(3)
	p.outbox.Leave(w.now)
	w.run(10)
	w.killBrowser(map[string]string{})
	w.faults.network = nil
	w.open().adopt()
	w.settle()
	w.requireStoredOnce(ids...)
}
