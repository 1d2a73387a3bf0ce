// Package outbox keeps a page's messages from the moment they are accepted until whoever receives them has acknowledged them.
//
// The messages of one browser task are stored in one piece, a segment, under a key of its own that sorts by time. A segment is
// never rewritten and is removed once it is delivered, so that appending costs the same however many wait, no tab can lose another
// tab's events, and any tab can send what a dead one left. Every message carries an insert id, by which the collector recognises
// a second delivery: whenever it is unclear whether something arrived, it is sent again. That a segment is not in storage any more says
// nothing about that: the page keeps the text of what it wrote until it has delivered it itself, or another tab has left a note that it
// did (evidence.go).
//
// The outbox is synchronous. It has no clock, no goroutine and no timer of its own: every entry point takes the time, and the ports
// bring the rest. Milliseconds are those of the browser's clock since 1970, which may jump.
package outbox

// Config is what a tracker decides. BatchSize, FlushMS and URL may change later.
type Config struct {
	URL       string // where batches go, with a query
	BatchSize int    // messages in one request, at most
	FlushMS   int64  // from the first waiting message to the request that carries it
	Prefix    string // of all keys in storage: one visitor of one project
	LockName  string // the same in all tabs that share the prefix
}

// Message is one message on its way.
type Message struct {
	// Head and Rest are its JSON, without raw line breaks. A head that many messages have is kept once for all of them.
	Head, Rest string
	InsertID   string
	Urgent     bool // sent at once, beyond the bounds if need be, and Reporter.Acknowledged tells when it was delivered
}

// Bounds on what may wait, over all tabs: DESIGN §6.
const (
	MaxEvents = 5000
	MaxBytes  = 5_000_000
)

// Outbox is one page's end of what waits for one project. The first entry point called after New finds what earlier pages left.
type Outbox struct {
	config   Config
	ports    Ports
	reporter Reporter
	bounds   struct{ events, bytes int }

	now       int64
	deadlines [deadlineCount]int64
	started   bool
	isLeaving bool // Leave was called, and Return not since

	pending        []message // messages of this task, not yet in a segment
	pendingBytes   int
	hasNewSegments bool // a segment was made since the last Commit
	hasUrgent      bool // one of them is urgent

	index    []*segment // all that waits, sorted by key
	events   int        // in the index
	bytes    int
	verifier VerifiedWriter
	storageUsage
	keyGenerator
	messageBuffer []message // of the text looked at last, to save allocations

	sender
	inFlight      []*inFlightRequest
	lastRequestID uint32

	scannedAt        int64
	adoptionPending  bool     // copies may still come that were read before we settled
	settledKeys      []string // keys settled while adopting
	keysToRemove     []string // keys to remove from storage at the end of this entry
	mirrorKeysToDrop []string // keys to drop from the mirror at the end of this entry
	deliveryNote
	recalledAt int64

	pendingFlushes []pendingFlush
	clearState
	dropCounters
	reportedOnce
}

// New returns the outbox of a page. It touches no port yet.
func New(config Config, ports Ports, reporter Reporter) *Outbox {
	o := &Outbox{config: config, ports: ports, reporter: reporter, adoptionPending: true}
	o.bounds.events, o.bounds.bytes = MaxEvents, MaxBytes
	o.networkMaxBytes = maxBatchBytes
	o.collectorMaxBytes = maxBatchBytes
	o.storedCharsLimit = maxStoredChars
	return o
}

// Configure takes over BatchSize, FlushMS and URL.
func (o *Outbox) Configure(config Config) {
	if config.URL != o.config.URL {
		o.acceptedMessage, o.refusal, o.inconsistent = "", refusalCheck{}, false // What another address takes says nothing.
	}
	o.config.BatchSize, o.config.FlushMS, o.config.URL = config.BatchSize, config.FlushMS, config.URL
}

// Waiting returns how many messages are known to wait, in this tab and others.
func (o *Outbox) Waiting() int { return o.events + len(o.pending) }

// Append accepts a message. It is stored by the next Commit at the latest, or refused, and counted, when too many wait.
func (o *Outbox) Append(m Message) {
	one := message{m.Head, m.Rest}
	if !m.Urgent && o.wouldOverflow(one.len()) && !o.hasRoomAfterScan(one.len()) {
		o.countDrops(Drops{Overflow: 1})
		o.reportFull()
		return
	}
	if m.Urgent {
		o.writeSegment("")
	}
	o.pending = append(o.pending, one)
	o.pendingBytes += one.len() + 1
	switch {
	case m.Urgent:
		o.hasUrgent = true
		o.writeSegment(m.InsertID)
	case o.pendingBytes >= maxSegmentBytes || len(o.pending) >= o.config.BatchSize:
		o.writeSegment("")
	}
}

// Commit ends a task: what it appended is stored, and sent when it is due.
func (o *Outbox) Commit(nowMS int64) {
	o.beginEntry(nowMS)
	o.commit()
	o.endEntry()
}

func (o *Outbox) commit() {
	if len(o.pending) > 0 {
		o.writeSegment("")
	}
	if !o.hasNewSegments {
		return
	}
	o.hasNewSegments = false
	switch {
	case o.isLeaving:
		o.handOver()
		o.sendBy(o.now + o.config.FlushMS)
	case o.hasUrgent || !o.hasSent || o.isBatchReady():
		o.sendBy(o.now)
	default:
		o.sendBy(o.now + o.config.FlushMS)
	}
	o.hasUrgent = false
}

// enter starts every entry point.
func (o *Outbox) beginEntry(now int64) {
	o.setTime(now)
	if !o.started {
		o.started = true
		o.findEarlierSegments()
	}
}

// leaveEntry ends every entry point.
func (o *Outbox) endEntry() {
	o.commitPending()
	o.saveDrops()
	o.resolveFlushes()
	o.removeSettled()
	if len(o.mirrorKeysToDrop) > 0 {
		o.ports.Drop(o.mirrorKeysToDrop)
		o.mirrorKeysToDrop = nil
	}
	o.requestLock()
	o.scheduleWake()
}

// commitOwn stores what the reporter appended meanwhile.
func (o *Outbox) commitPending() {
	if len(o.pending) > 0 || o.hasNewSegments {
		o.commit()
	}
}

func (o *Outbox) wouldOverflow(more int) bool {
	return o.events+len(o.pending) >= o.bounds.events || o.bytes+o.pendingBytes+more > o.bounds.bytes
}

// makeRoom looks whether other tabs have delivered some of what waits.
func (o *Outbox) hasRoomAfterScan(more int) bool {
	if !o.started || o.now-o.scannedAt < minScanIntervalMS {
		return false
	}
	o.scan()
	return !o.wouldOverflow(more)
}
