package outbox

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// world is a browser with its tabs and a collector. Only the test moves its clock.
type world struct {
	t         *testing.T
	rand      *rand.Rand
	now       int64
	actions   []action
	sequence  int
	disk      map[string]string // localStorage as the browser has it
	mirror    map[string]string
	lock      lockQueue
	pages     []*page
	collector collector
	faults    faults
	counted   int
}

// faults says what fails. The zero value is no fault.
type faults struct {
	storageLag  int64 // between a tab's write and other tabs' seeing it
	set         func(key, text string) StorageStatus
	storageOff  bool            // nothing can be read
	noOps       map[string]bool // functions of storage that have no effect and report no error
	network     func(*arrivedRequest) reply
	latency     int64
	noLock      bool // nobody is ever granted the lock
	mirrorDelay int64
	keepalive   int // quota in bytes, if any
}

type action struct {
	at  int64
	seq int
	do  func()
}

func newWorld(t *testing.T, seed int64) *world {
	w := &world{t: t, rand: rand.New(rand.NewSource(seed)), now: 1_763_922_000_000, disk: map[string]string{}, mirror: map[string]string{}}
	w.collector = collector{stored: map[string]int{}, limit: 1 << 30}
	w.faults.latency = 20
	w.faults.keepalive = 65536
	return w
}

// schedule does something after a delay.
func (w *world) schedule(ms int64, do func()) {
	w.sequence++
	w.actions = append(w.actions, action{at: w.now + max(ms, 0), seq: w.sequence, do: do})
}

// run lets time pass.
func (w *world) run(ms int64) {
	end := w.now + ms
	for w.step(end) {
	}
	w.now = end
}

// settle lets time pass until no action is left.
func (w *world) settle() {
	for i := 0; i < 4_000 && len(w.actions) > 0; i++ {
		w.run(30_000)
	}
}

func (w *world) step(end int64) bool {
	best := -1
	for i, a := range w.actions {
		if a.at <= end && (best < 0 || a.at < w.actions[best].at || a.at == w.actions[best].at && a.seq < w.actions[best].seq) {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	a := w.actions[best]
	w.actions = slices.Delete(w.actions, best, best+1)
	w.now = max(w.now, a.at)
	a.do()
	return true
}

// newID returns a new insert id.
func (w *world) newID() string {
	w.counted++
	return fmt.Sprintf("id-%06d", w.counted)
}

// open opens a tab.
func (w *world) open(change ...func(*Config)) *page {
	p := &page{world: w, view: map[string]string{}, changed: map[string]int{}, alive: true, sharesHeads: len(w.pages)%2 == 1}
	for k, v := range w.disk {
		p.view[k] = v
	}
	w.pages = append(w.pages, p)
	config := &Config{URL: "https://collector.example/track/?verbose=1&ip=1", BatchSize: 50, FlushMS: 500, Prefix: "tlo_token_", LockName: "tls_token"}
	for _, c := range change {
		c(config)
	}
	p.outbox = New(config, p, p)
	p.outbox.Commit(w.now)
	return p
}

// adopt brings the mirror's content to a page, as the program does when it starts.
func (p *page) adopt() {
	var entries []Entry
	for _, key := range sortedKeys(p.world.mirror) {
		entries = append(entries, Entry{Key: key, Text: p.world.mirror[key]})
	}
	p.ifAlive(func() { p.outbox.Adopt(p.world.now, entries) })
}

// killBrowser ends all tabs at once. What was written to localStorage in the last minute has not reached the disk.
func (w *world) killBrowser(disk map[string]string) {
	for _, p := range w.pages {
		p.kill()
	}
	w.disk = disk
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// segments returns the stored texts of segments, in order.
func (w *world) segments() []string {
	var texts []string
	for _, key := range sortedKeys(w.disk) {
		if strings.Count(key, "_") >= 4 {
			texts = append(texts, w.disk[key])
		}
	}
	return texts
}

// page is one tab: the ports of its outbox, and what its outbox reported.
type page struct {
	world         *world
	outbox        *Outbox
	view          map[string]string // localStorage as this tab sees it
	alive         bool
	changed       map[string]int // keys, and when this tab changed them
	wake          int            // number of the last timer
	sets          int
	keeps         int
	inFlightBytes int // bytes of keepalive requests and beacons

	requests       []*arrivedRequest
	acknowledged   []string
	aliasConflicts []string
	rejected       []string
	refused        []string // their JSON
	reasons        []string
	full           int
	failures       []StorageStatus
	misanswered    []int
	misanswers     []string // their bodies, as reported
	unreachable    []string
	undelivered    []Drops
	flushed        map[uint32]bool
	sharesHeads    bool     // its messages have a Head
	isCumulative   bool     // its messages are cumulative
	alone          Alone    // its messages go alone
	ownEvents      []string // insert ids of the events that report drops
}

// ifAlive runs something in the tab, if it is still open.
func (p *page) ifAlive(do func()) {
	if p.alive {
		do()
	}
}

// kill ends the tab's process, without any event to the page.
func (p *page) kill() {
	p.alive = false
	p.world.lock.leave(p)
}

// track makes events in one task and returns their insert ids.
func (p *page) track(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = p.append("Viewed", "")
	}
	p.outbox.Commit(p.world.now)
	return ids
}

func (p *page) append(event, more string) string {
	id := p.world.newID()
	m := Message{Rest: messageJSON(event, id, more), InsertID: id, Cumulative: p.isCumulative, Alone: p.alone}
	if p.sharesHeads {
		m.Head, m.Rest = m.Rest[:headBytes], m.Rest[headBytes:]
	}
	p.outbox.Append(m)
	return id
}

func (p *page) alias() string {
	id := p.world.newID()
	p.outbox.Append(Message{Rest: messageJSON("$create_alias", id, ""), InsertID: id, Urgent: true})
	p.outbox.Commit(p.world.now)
	return id
}

func messageJSON(event, id, more string) string {
	return `{"properties":{"note":"a&b=c;d+e% f Ж","$insert_id":"` + id + `"` + more + `},"event":"` + event + `"}`
}

// headBytes are what all messages begin with.
const headBytes = len(`{"properties":{"note":"a&b=c;d+e% f Ж",`)

func (p *page) Get(key string) (string, bool) {
	if p.world.faults.storageOff {
		return "", false
	}
	if p.world.faults.noOps["get"] {
		return "", false
	}
	text, ok := p.view[key]
	return text, ok
}

func (p *page) Set(key, text string) StorageStatus {
	p.sets++
	if p.world.faults.storageOff {
		return Blocked
	}
	if p.world.faults.set != nil {
		if status := p.world.faults.set(key, text); status != OK {
			return status
		}
	}
	if p.world.faults.noOps["set"] {
		return OK
	}
	p.view[key] = text
	p.world.disk[key] = text
	p.propagate(key, func(other *page) { other.view[key] = text })
	return OK
}

func (p *page) Remove(key string) {
	if p.world.faults.storageOff || p.world.faults.noOps["remove"] {
		return
	}
	delete(p.view, key)
	delete(p.world.disk, key)
	p.propagate(key, func(other *page) { delete(other.view, key) })
}

// propagate applies a change of storage to the other tabs, after storageLag. A tab that changed the same key meanwhile keeps its own
// change.
func (p *page) propagate(key string, change func(*page)) {
	p.world.sequence++
	number := p.world.sequence
	p.changed[key] = number
	for _, other := range p.world.pages {
		if other == p || !other.alive {
			continue
		}
		apply := func() {
			if other.changed[key] < number {
				change(other)
			}
		}
		if p.world.faults.storageLag == 0 {
			apply()
		} else {
			p.world.schedule(p.world.faults.storageLag, apply)
		}
	}
}

func (p *page) Keys(prefix string) []string {
	if p.world.faults.storageOff || p.world.faults.noOps["keys"] {
		return nil
	}
	var keys []string
	for key := range p.view {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (p *page) WakeAfter(delayMS int64) {
	require.GreaterOrEqual(p.world.t, delayMS, int64(0))
	p.wake++
	number := p.wake
	p.world.schedule(delayMS, func() {
		if number == p.wake {
			p.ifAlive(func() { p.outbox.Wake(p.world.now) })
		}
	})
}

func (p *page) Acquire(name string) {
	require.Equal(p.world.t, "tls_token", name)
	if !p.world.faults.noLock {
		p.world.lock.join(p)
	}
}

func (p *page) Release() { p.world.lock.leave(p) }

func (p *page) Keep(key, text string) {
	p.keeps++
	p.world.schedule(p.world.faults.mirrorDelay, func() { p.world.mirror[key] = text })
}

func (p *page) Drop(keys []string) {
	keys = slices.Clone(keys)
	p.world.schedule(p.world.faults.mirrorDelay, func() {
		for _, key := range keys {
			delete(p.world.mirror, key)
		}
	})
}

func (p *page) Recall(prefix string) {
	require.Equal(p.world.t, "tlo_token_", prefix)
	p.world.schedule(p.world.faults.mirrorDelay, p.adopt)
}

func (p *page) Random(b []byte) { p.world.rand.Read(b) }

func (p *page) Acknowledged(insertID string) { p.acknowledged = append(p.acknowledged, insertID) }

func (p *page) AliasTaken(alias, distinctID string) {
	p.aliasConflicts = append(p.aliasConflicts, alias+" "+distinctID)
}

func (p *page) Rejected(message, reason string) {
	p.rejected = append(p.rejected, insertID(message))
	p.refused = append(p.refused, message)
	p.reasons = append(p.reasons, reason)
}

func (p *page) Full(int) { p.full++ }

func (p *page) StorageFailed(why StorageStatus) { p.failures = append(p.failures, why) }

func (p *page) Unreachable(reason string) { p.unreachable = append(p.unreachable, reason) }

func (p *page) Misanswered(status int, body string) {
	p.misanswered = append(p.misanswered, status)
	p.misanswers = append(p.misanswers, body)
}

func (p *page) Undelivered(d Drops) {
	p.undelivered = append(p.undelivered, d)
	p.ownEvents = append(p.ownEvents, p.append("$dropped", `,"drops":`+string(d.AppendJSON(nil))))
}

func (p *page) Flushed(ticket uint32, done bool) {
	if p.flushed == nil {
		p.flushed = map[uint32]bool{}
	}
	_, twice := p.flushed[ticket]
	require.False(p.world.t, twice, "a flush ends once")
	p.flushed[ticket] = done
}

// lockQueue is navigator.locks: one holder, first come, first served.
type lockQueue struct {
	queue []*page
}

func (l *lockQueue) join(p *page) {
	require.NotContains(p.world.t, l.queue, p, "asked twice")
	l.queue = append(l.queue, p)
	if len(l.queue) == 1 {
		l.grant()
	}
}

func (l *lockQueue) leave(p *page) {
	i := slices.Index(l.queue, p)
	if i < 0 {
		return
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	if i == 0 && len(l.queue) > 0 {
		l.grant()
	}
}

func (l *lockQueue) grant() {
	p := l.queue[0]
	p.world.schedule(1, func() {
		if len(l.queue) > 0 && l.queue[0] == p {
			p.ifAlive(func() { p.outbox.Locked(p.world.now) })
		}
	})
}
