package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// used counts the characters that our keys, or all, take of storage.
func (w *world) used(prefix string) int {
	n := 0
	for key, text := range w.disk {
		if strings.HasPrefix(key, prefix) {
			n += len(key) + len(text)
		}
	}
	return n
}

func (p *page) trackLarge(n int) []string {
	var ids []string
	for range n {
		ids = append(ids, p.append("Large", `,"text":"`+strings.Repeat("x", 9_000)+`"`))
		p.outbox.Commit(p.world.now)
	}
	return ids
}

func TestStorageUseIsLimited(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.trackLarge(500)
	assert.LessOrEqual(t, w.used(""), maxStoredChars)
	assert.Greater(t, w.used(""), maxStoredChars*9/10)
	assert.Empty(t, p.failures, "nothing is wrong with it")
	assert.Equal(t, 500, p.outbox.Waiting())
	w.run(5_000)
	p.kill()
	w.faults.network = nil
	next := w.open()
	next.adopt()
	assert.LessOrEqual(t, w.used(""), maxStoredChars)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
}

func TestSegmentsInMemoryAreDelivered(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.trackLarge(500)
	w.faults.network = nil
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
}

// With what the site itself keeps, the quota may be used up long before segments reach their limit.
func TestStorageUseIsReducedWhenTheQuotaIsUsedUp(t *testing.T) {
	const quota = 5_200_000
	w := newWorld(t, 1)
	w.disk["the site's"] = strings.Repeat("x", 4_000_000)
	site := func(key, text string) StorageStatus {
		if w.used("")-len(w.disk[key])+len(key)+len(text) > quota {
			return Full
		}
		return OK
	}
	w.faults.set = site
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.trackLarge(200)
	require.Equal(t, []StorageStatus{Full}, p.failures)
	w.run(mirrorDelayMS + 100)
	assert.Equal(t, OK, site("more of the site's", strings.Repeat("x", 1_000_000)))
	assert.LessOrEqual(t, w.used("tlo_"), reducedStoredChars)
	ids = append(ids, p.trackLarge(50)...)
	w.run(10_000)
	assert.LessOrEqual(t, w.used("tlo_"), reducedStoredChars, "and keeps it")
	p.kill()
	w.faults.network = nil
	w.open().adopt()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
}

// If segments and the site's data just fit, no write of the outbox fails, but the site's next write would.
func TestStorageUseIsReducedBeforeTheSitesWritesFail(t *testing.T) {
	const quota = 5_200_000
	w := newWorld(t, 1)
	w.disk["the site's"] = strings.Repeat("x", quota-maxStoredChars-50_000)
	w.faults.set = func(key, text string) StorageStatus {
		if w.used("")-len(w.disk[key])+len(key)+len(text) > quota {
			return Full
		}
		return OK
	}
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.trackLarge(300)
	assert.Empty(t, p.failures)
	assert.Equal(t, Full, w.faults.set("more of the site's", strings.Repeat("x", quotaTestChars)))
	w.run(70_000)
	assert.Equal(t, OK, w.faults.set("more of the site's", strings.Repeat("x", quotaTestChars)))
	assert.LessOrEqual(t, w.used("tlo_"), reducedStoredChars)
	assert.Empty(t, p.failures, "nothing failed, so nothing is said")
	w.faults.network = nil
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.Len(t, w.disk, 1)
}

func TestWhatAnotherTabStoredIsLeftWhereItIs(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	other := w.open()
	ids := other.trackLarge(50)
	p := w.open()
	w.faults.set = func(string, string) StorageStatus { return Full }
	ids = append(ids, p.trackLarge(5)...)
	w.run(5_000)
	assert.Len(t, w.segments(), 50)
	w.faults.set, w.faults.network = nil, nil
	w.settle()
	w.requireStoredOnce(ids...)
}
