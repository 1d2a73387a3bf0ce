package outbox

import (
	"fmt"
	"maps"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// model drives a world in which anything may happen, and records what was tracked and which events may be missing in the end, and why.
type model struct {
	*world
	tracked  map[string]int64 // insert id -> when it was committed
	bad      map[string]bool
	excused  map[string]string // insert id -> why it may be missing
	disk     map[string]string // localStorage as it last reached the disk
	diskAt   int64
	atRisk   map[string]bool
	memory   bool // storage refuses now and then, so that a kill may lose what is only in memory
	overflow bool
	flushes  uint32
	ordered  bool // messages keep their order, so that none goes alone
}

func newModel(t *testing.T, seed int64) *model {
	m := &model{world: newWorld(t, seed), tracked: map[string]int64{}, bad: map[string]bool{}, excused: map[string]string{}, atRisk: map[string]bool{}}
	m.collector.bad = m.bad
	m.collector.namesNoRecords = m.chance(2)
	m.collector.refusesWith200 = m.chance(3)
	if m.chance(3) {
		m.collector.limit = 1_500 + m.rand.Intn(4_000)
	}
	m.faults.latency = int64(m.rand.Intn(400))
	m.faults.mirrorDelay = int64(m.rand.Intn(40))
	m.faults.storageLag = int64(m.rand.Intn(3) * 15)
	m.faults.network = m.network
	return m
}

func (m *model) chance(n int) bool { return m.rand.Intn(n) == 0 }

// network makes requests fail in every way.
func (m *model) network(*arrivedRequest) reply {
	if !m.chance(3) {
		return reply{}
	}
	asked := status(429, "")
	asked.answer.RetryAfterMS = int64(m.rand.Intn(5_000))
	all := []reply{
		{lost: true}, {answerLost: true}, {noAnswer: true}, {lost: true, noAnswer: true}, status(503, ""), status(408, ""), asked, status(404, ""),
		status(200, "<html>Welcome</html>"), status(502, "<html>"),
	}
	return all[m.rand.Intn(len(all))]
}

func (m *model) openTab() *page {
	p := m.open(func(c *Config) {
		c.BatchSize = []int{3, 50, 500}[m.rand.Intn(3)]
		c.FlushMS = int64(m.rand.Intn(1_000))
	})
	if m.overflow {
		p.outbox.limits.Messages = 60
	}
	m.schedule(int64(m.rand.Intn(100)), p.adopt)
	return p
}

func (m *model) living() *page {
	var alive []*page
	for _, p := range m.pages {
		if p.alive {
			alive = append(alive, p)
		}
	}
	if len(alive) == 0 {
		return m.openTab()
	}
	return alive[m.rand.Intn(len(alive))]
}

func (m *model) track(p *page) {
	before := p.outbox.Dropped().Overflow
	n := 1 + m.rand.Intn(12)
	if m.chance(20) {
		n = 300
	}
	var ids []string
	for range n {
		p.isCumulative, p.alone = m.chance(20), Batched
		if !m.ordered && m.chance(30) {
			p.alone = AloneByFetch + Alone(m.rand.Intn(2))
		}
		more := ""
		if m.chance(30) {
			more = `,"text":"` + strings.Repeat("я", m.rand.Intn(400)) + `"`
		}
		refused := p.outbox.Dropped().Overflow
		id := p.append("Tracked", more)
		if p.outbox.Dropped().Overflow > refused {
			m.excused[id] = "refused"
			continue
		}
		ids = append(ids, id)
		if m.chance(60) {
			m.bad[id] = true
		}
	}
	p.isCumulative, p.alone = false, Batched
	p.outbox.Commit(m.now)
	for _, id := range ids {
		m.tracked[id] = m.now
	}
	require.True(m.t, m.overflow || p.outbox.Dropped().Overflow == before)
}

// step makes one thing happen that may happen in a browser.
func (m *model) step() {
	p := m.living()
	switch m.rand.Intn(14) {
	case 0, 1, 2, 3:
		m.track(p)
	case 4:
		id := p.alias()
		m.tracked[id] = m.now
	case 5:
		p.outbox.Leave(m.now)
	case 6:
		p.outbox.Resume(m.now)
	case 7:
		m.flushes++
		p.outbox.Flush(m.now, m.flushes)
	case 8:
		m.openTab()
	case 9:
		m.killTab(p)
	case 10:
		p.outbox.Leave(m.now)
		m.killTab(p)
	case 11:
		m.jump()
	case 12:
		p.outbox.StorageChanged(m.now)
	}
	m.run(int64(m.rand.Intn(1_500)))
	if m.now-m.diskAt > 5_000 {
		m.disk, m.diskAt = maps.Clone(m.world.disk), m.now
	}
}

// jump sets the clock. Timers do not follow it.
func (m *model) jump() {
	by := int64(m.rand.Intn(7_200_000) - 3_600_000)
	m.now += by
	for i := range m.actions {
		m.actions[i].at += by
	}
	for id := range m.tracked {
		m.tracked[id] += by
	}
	m.diskAt += by
}

// killTab ends a tab. What it had in memory only is lost. What it had not copied yet is lost if the browser crashes soon after.
func (m *model) killTab(p *page) {
	for _, s := range p.outbox.index {
		text, _ := p.outbox.read(s)
		for _, one := range decode(nil, text) {
			switch id := insertID(one.json()); {
			case s.storedChars == 0 && m.memory:
				m.excused[id] = "in memory of a killed tab"
			case !s.copied:
				m.atRisk[id] = true
			}
		}
	}
	p.kill()
}

// crash ends the whole browser: localStorage falls back to what was on the disk, and the mirror keeps its completed transactions.
func (m *model) crash() {
	for id, at := range m.tracked {
		if at > m.now-mirrorInFlightDelayMS-m.faults.mirrorDelay-200 {
			m.excused[id] = "younger than the mirror"
		}
	}
	for id := range m.atRisk {
		if !m.mirrored(id) {
			m.excused[id] = "its tab was killed before it could copy it"
		}
	}
	m.killBrowser(maps.Clone(m.disk))
	m.openTab()
}

func (m *model) mirrored(id string) bool {
	for _, text := range m.mirror {
		if strings.Contains(text, `"`+id+`"`) {
			return true
		}
	}
	return false
}

// check ends all faults and checks that every event was stored, rejected or excused.
func (m *model) check() {
	m.faults.network = nil
	m.faults.set = nil
	limit := m.collector.limit
	m.collector.limit = 1 << 30
	last := m.openTab()
	last.outbox.Resume(m.now)
	m.settle()
	last.outbox.Resume(m.now)
	m.settle()
	require.Empty(m.t, m.actions, "something wakes up for ever")

	set := map[string]bool{}
	for _, p := range m.pages {
		for i, id := range p.rejected {
			if p.reasons[i] != parse(Answer{Status: 413}).reason {
				set[id] = true
				continue
			}
			m.excused[id] = "too large, alone"
			require.Greater(m.t, len(appendForm(nil, p.refused[i]))+len(batchStart)+len(batchEnd), limit)
		}
	}
	for id := range m.tracked {
		if _, ok := m.excused[id]; ok {
			continue
		}
		if m.bad[id] {
			require.True(m.t, set[id], "%s is bad and was never set aside", id)
			continue
		}
		require.True(m.t, m.collector.stored[id] > 0, "%s was lost", id)
		require.False(m.t, set[id], "%s is good and was set aside", id)
	}
	for id := range m.collector.stored {
		_, tracked := m.tracked[id]
		require.True(m.t, tracked || m.own(id), "%s was never tracked", id)
		require.NotEqual(m.t, "refused", m.excused[id], "%s was refused and sent all the same", id)
	}
	for _, key := range sortedKeys(m.world.disk) {
		require.Nil(m.t, last.outbox.parseKey(key), "%s is left behind", key)
	}
	require.Zero(m.t, last.outbox.Waiting())
}

func (m *model) own(id string) bool {
	for _, p := range m.pages {
		for _, own := range p.ownEvents {
			if own == id {
				return true
			}
		}
	}
	return false
}

// requireOrder checks that what one page tracked arrived in its order, if nothing was handed over or lost on the way.
func (m *model) requireOrder() {
	last := ""
	for _, id := range m.collector.order {
		if m.own(id) {
			continue // Any tab may report drops.
		}
		require.Less(m.t, last, id)
		last = id
	}
}

func play(t *testing.T, seed int64, steps int, prepare func(*model), between func(*model)) {
	m := newModel(t, seed)
	if prepare != nil {
		prepare(m)
	}
	m.openTab()
	for range steps {
		m.step()
		if between != nil {
			between(m)
		}
	}
	m.check()
}

const plays = 80

func TestTabsDieAndNetworksFailAndNothingIsLost(t *testing.T) {
	for seed := range int64(plays) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { play(t, seed, 60, nil, nil) })
	}
}

func TestBrowsersDieAndOnlyTheYoungestIsLost(t *testing.T) {
	for seed := range int64(plays) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, seed, 60, nil, func(m *model) {
				if m.chance(12) {
					m.crash()
				}
			})
		})
	}
}

func TestStorageFailsNowAndThenAndLivingTabsLoseNothing(t *testing.T) {
	for seed := range int64(plays) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, seed, 60, func(m *model) {
				m.memory = true
				refused := rand.New(rand.NewSource(seed))
				until := int64(0)
				m.faults.set = func(string, string) StorageStatus {
					if refused.Intn(20) == 0 {
						until = m.now + 3_000
					}
					if m.now < until {
						return []StorageStatus{Full, Blocked}[refused.Intn(2)]
					}
					return OK
				}
			}, nil)
		})
	}
}

func TestDropsAreCountedExactly(t *testing.T) {
	for seed := range int64(plays) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newModel(t, seed)
			m.overflow = true
			m.faults.storageLag = 0 // Within the lag, two tabs may report the same drops.
			p := m.openTab()
			for range 40 {
				m.track(p)
				m.run(int64(m.rand.Intn(3_000)))
				require.LessOrEqual(t, p.outbox.Waiting(), 60)
			}
			m.check()
			refused := 0
			for _, why := range m.excused {
				require.Equal(t, "refused", why)
				refused++
			}
			dropped := p.outbox.Dropped()
			require.Equal(t, refused, dropped.Overflow)
			told := 0
			for _, p := range m.pages {
				for _, d := range p.undelivered {
					told += d.Total()
				}
			}
			require.LessOrEqual(t, told, dropped.Total())
		})
	}
}

func TestOneTabKeepsItsOrder(t *testing.T) {
	for seed := range int64(plays) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newModel(t, seed)
			m.ordered = true
			m.faults.network = nil
			p := m.openTab()
			p.append("First", "") // Before one was accepted, later messages serve as probes.
			p.outbox.Commit(m.now)
			m.tracked["id-000001"] = m.now
			m.run(2_000)
			m.faults.network = func(*arrivedRequest) reply {
				if m.chance(3) {
					return []reply{{lost: true}, {answerLost: true}, status(503, ""), status(200, "<html>")}[m.rand.Intn(4)]
				}
				return reply{}
			}
			for range 40 {
				m.track(p)
				m.run(int64(m.rand.Intn(1_500)))
			}
			m.check()
			m.requireOrder()
		})
	}
}

// FuzzDelivery looks for a sequence of steps that loses an event.
func FuzzDelivery(f *testing.F) {
	f.Add(int64(1), uint8(20), uint8(0))
	f.Fuzz(func(t *testing.T, seed int64, steps, crashes uint8) {
		play(t, seed, int(steps), nil, func(m *model) {
			if crashes > 0 && m.chance(int(crashes)+1) {
				m.crash()
			}
		})
	})
}
