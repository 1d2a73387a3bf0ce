package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMessagesWaitInMemoryWhenStorageIsFull(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.set = func(string, string) StorageStatus { return Full }
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := append(p.track(5), p.track(5)...)
	assert.Equal(t, []StorageStatus{Full}, p.failures)
	w.run(3_000)
	assert.Empty(t, w.segments())
	assert.Len(t, w.mirror, 2, "the mirror may have room")
	w.faults.set = nil
	w.run(3_000)
	assert.Len(t, w.segments(), 2, "stored once there is room")
	w.faults.network = nil
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
}

func TestFullStorageDeliversWhatIsInMemory(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.set = func(string, string) StorageStatus { return Full }
	p := w.open()
	ids := p.track(30)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Zero(t, p.outbox.Waiting())
}

func TestBlockedStorageIsLeftAlone(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.storageOff = true
	p := w.open()
	var ids []string
	for range 50 {
		ids = append(ids, p.track(1)...)
		w.run(1_000)
	}
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, []StorageStatus{Blocked}, p.failures)
	assert.Less(t, p.sets, 5)
}

func TestStorageThatStopsWorkingKeepsWhatItHas(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(3)
	w.faults.storageOff = true
	ids = append(ids, p.track(3)...)
	w.faults.network = nil
	p.outbox.Resume(w.now)
	w.run(70_000)
	p.kill()
	w.faults.storageOff = false
	w.open()
	w.settle()
	w.requireStoredOnce(ids...)
}

func TestDamagedSegmentsAreRepairedMessageByMessage(t *testing.T) {
	for name, c := range map[string]struct {
		damage  func(text string) string
		counted int
		rescued int
	}{
		"cut off":                {func(s string) string { return s[:len(s)-10] }, 1, 4},
		"begins in the middle":   {func(s string) string { return s[10:] }, 1, 4},
		"one message broken":     {func(s string) string { return strings.Replace(s, `"$insert_id":"id-000003"`, `{{{`, 1) }, 1, 4},
		"a message gone":         {func(s string) string { return s[strings.Index(s, "\n")+1:] }, 1, 4},
		"empty":                  {func(string) string { return "" }, 5, 0},
		"garbage":                {func(string) string { return "garbage" }, 5, 0},
		"not an object":          {func(string) string { return "null" }, 5, 0},
		"garbage of same length": {func(s string) string { return strings.Repeat("x", len(s)) }, 5, 0},
		"lines of garbage":       {func(s string) string { return "x\ny\n" + s + "\nz" }, 3, 5},
		"control characters":     {func(s string) string { return strings.Replace(s, "note", "no\x00e", 1) }, 1, 4},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
			first := w.open()
			first.track(5)
			first.kill()
			for _, key := range sortedKeys(w.disk) {
				w.disk[key] = c.damage(w.disk[key])
			}
			w.faults.network = nil
			p := w.open()
			ids := p.track(1)
			w.settle()
			w.requireStoredOnce(ids...)
			assert.Equal(t, c.counted, p.outbox.Dropped().Total())
			assert.Len(t, w.collector.order, c.rescued+len(ids)+len(p.ownEvents))
			for _, key := range sortedKeys(w.disk) {
				assert.Equal(t, "tlo_token_dropped", key)
			}
		})
	}
}

func TestDamageThatLooksIntactIsFoundByTheCollector(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	first := w.open()
	first.track(5)
	first.kill()
	for _, key := range sortedKeys(w.disk) {
		w.disk[key] = strings.Replace(w.disk[key], `"id-000003"`, `"id-0000ZZ"`, 1)
	}
	w.faults.network = nil
	w.collector.bad = map[string]bool{"id-0000ZZ": true}
	p := w.open()
	w.settle()
	assert.Equal(t, []string{"id-0000ZZ"}, p.rejected)
	w.requireStoredOnce("id-000001", "id-000002", "id-000004", "id-000005")
}

func TestStorageEmptiedByThePageComesBackFromTheMirror(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(5)
	w.run(3_000)
	for key := range w.disk {
		p.Remove(key)
	}
	w.faults.network = nil
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Empty(t, w.mirror)
}

func TestKilledBrowserLosesAtMostOneSecond(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(50)
	for range 10 {
		w.run(100)
		ids = append(ids, p.track(1)...)
	}
	w.run(1_500)
	late := p.track(1)
	w.killBrowser(map[string]string{})
	w.faults.network = nil
	next := w.open()
	next.adopt()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
	assert.Zero(t, w.collector.stored[late[0]])
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
	for id, n := range w.collector.stored {
		assert.Equal(t, 1, n, id)
	}
}

func TestEventInBothCopiesIsSentOnce(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(50)
	w.run(3_000)
	p.kill()
	w.faults.network = nil
	next := w.open()
	var before []Entry
	for key, text := range w.mirror {
		before = append(before, Entry{Key: key, Text: text})
	}
	require.NotEmpty(t, before)
	w.run(200) // It delivers what storage has before the mirror is read.
	require.Equal(t, ids, w.collector.order)
	next.outbox.Adopt(w.now, before)
	w.settle()
	for _, id := range ids {
		assert.Equal(t, 1, w.collector.stored[id])
	}
	assert.Empty(t, w.disk)
	assert.Empty(t, w.mirror)
}

func TestDamagedMirrorCopyIsRepaired(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	p.track(5)
	w.run(3_000)
	w.killBrowser(map[string]string{})
	for key, text := range w.mirror {
		w.mirror[key] = text[:len(text)-5]
	}
	w.mirror["tlo_token_nonsense"] = "{"
	w.mirror["tl_token"] = "{}"
	w.faults.network = nil
	next := w.open()
	next.adopt()
	w.settle()
	w.requireStoredOnce("id-000001", "id-000002", "id-000003", "id-000004")
	assert.Equal(t, Drops{Damaged: 1}, next.outbox.Dropped())
}

func TestDeadTabsEventsAreFoundByAnIdleTab(t *testing.T) {
	w := newWorld(t, 1)
	idle := w.open()
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open()
	ids := p.track(3)
	idle.outbox.StorageChanged(w.now)
	w.run(100)
	p.kill()
	w.faults.network = nil
	w.run(60_000)
	w.requireStoredOnce(ids...)
	assert.NotEmpty(t, idle.requests)
}

func TestIdleTabAsksForNothing(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.track(3)
	w.run(120_000)
	assert.Empty(t, w.actions)
}

func TestWhoeverSendsAlsoSendsWhatADeadTabLeft(t *testing.T) {
	w := newWorld(t, 1)
	living := w.open()
	w.run(3_000)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	dead := w.open()
	ids := dead.track(3)
	dead.kill()
	w.faults.network = nil
	ids = append(ids, living.track(1)...)
	w.run(2_000)
	assert.Equal(t, ids, w.collector.order)
}
