// Package outbox keeps the messages of a page from the moment they are accepted until the collector has acknowledged them. It decides
// when to store, send, retry and delete. It does not know what a message means (package identity does), and it does not touch the
// browser itself (package browser does, through Ports). Read outbox.go first, then ports.go, segment.go and sender.go.
//
// The messages of one browser task are stored together as one segment, under a key of its own that sorts by time. A segment is never
// rewritten, and it is removed once it is delivered. So appending costs the same however many messages wait, no tab can overwrite
// another tab's events, and any tab can send what a closed tab left behind.
//
// Every message carries an insert id, by which the collector recognises a second delivery. Whenever it is unclear whether a message
// arrived, it is sent again. Updates of profiles have no insert id in Mixpanel's protocol, so that what is cumulative is repeated as rarely as
// possible (Message.Cumulative). Each endpoint of the collector has an outbox of its own, so that one that fails does not hold up the others;
// they share the page's quota of keepalive requests. A segment that is missing in storage does not count as delivered: the page keeps the text of what it wrote
// until it has delivered it itself or another tab has left a note that it did (delivery_note.go).
//
// Each segment that waits for more than about a second is also copied to IndexedDB. This second copy is called the mirror (mirror.go).
//
// The outbox is synchronous and has no clock, goroutine or timer of its own: every entry point takes the time as an argument. Times are
// milliseconds since 1970 by the browser's clock, which may jump.
package outbox

// Config holds the settings of an outbox. Paused, BatchSize, FlushMS and URL may change later, through Outbox.Configure.
type Config struct {
	Paused    bool   // what waits is not sent, except alone, and except when Flush is called
	URL       string // where batches are sent, including the query
	BatchSize int    // maximum number of messages in one request
	FlushMS   int64  // maximum time from the first waiting message to the request that carries it
	Prefix    string // of all keys in storage; it identifies one visitor of one project
	LockName  string // the same in all tabs that share the prefix
	Limits    Limits
	Quota     *KeepaliveQuota // shared by the outboxes of a page; nil if there is no other
	// Neutral returns a message that says nothing and is accepted where the given one is. It is used to ask whether the collector accepts
	// anything, where it does not recognise a second delivery. nil means that it does.
	Neutral func(message string) string
}

// Limits are the limits on what may wait, over all tabs of the origin.
type Limits struct {
	Messages    int
	Bytes       int
	StoredChars int // of localStorage; what exceeds it waits in memory and in the mirror (quota.go)
}

// Message is one message that is to be delivered.
type Message struct {
	// Head and Rest together are the JSON of the message, without raw line breaks. A head that consecutive messages share is stored
	// once.
	Head, Rest string
	InsertID   string
	Urgent     bool // sent at once, even beyond the limits; Reporter.Acknowledged is called when it was delivered
	// Cumulative means that a second delivery would count twice, as with $add. Such a message is not sent while the page is left, when
	// the answer is not heard: the next visit sends it. What was appended after it waits too, so that the order stays.
	Cumulative bool
	// Alone is whether and how the message goes in a request of its own when its task ends: alone.go.
	Alone Alone
}

// Limits on events that may wait.
const (
	MaxEvents = 5000
	MaxBytes  = 5_000_000
)

// Outbox holds what this page knows of the messages that wait for one project. The first entry point that is called after New reads
// what earlier pages left in storage.
type Outbox struct {
	config   *Config
	ports    Ports
	reporter Reporter
	limits   Limits

	now       int64
	deadlines [deadlineCount]int64
	started   bool
	isLeaving bool // Leave was called, and Resume was not called since

	pending        []message // messages of this task that are not yet in a segment
	pendingBytes   int
	hasNewSegments bool // a segment was written since the last Commit
	hasUrgent      bool // one of them is urgent
	isCumulative   bool // the pending messages are cumulative
	alone          []aloneSegment

	index    []*segment // all segments that wait, sorted by key
	events   int        // messages in the index
	bytes    int        // bytes of the messages in the index
	verifier VerifiedWriter
	storageUsage
	keyGenerator
	buffer []message // the segment that was decoded last; reused to save allocations

	sender
	inFlight      []*inFlightRequest
	lastRequestID uint32

	scannedAt    int64
	isAdopting   bool     // the mirror may still return copies that it read before a segment was settled
	settledKeys  []string // keys that were settled while isAdopting
	keysToRemove []string // from storage, at the end of this entry point
	keysToDrop   []string // from the mirror, at the end of this entry point
	deliveryNote
	recalledAt int64

	pendingFlushes []pendingFlush
	clearState
	dropCounters
	reported reportedOnce
}

// New returns the outbox of a page, whose own the configuration becomes. It does not call any port yet.
func New(config *Config, ports Ports, reporter Reporter) *Outbox {
	o := &Outbox{config: config, ports: ports, reporter: reporter, isAdopting: true}
	o.limits = config.Limits
	if o.limits == (Limits{}) {
		o.limits = Limits{MaxEvents, MaxBytes, maxStoredChars}
	}
	if config.Quota == nil {
		config.Quota = &KeepaliveQuota{}
	}
	o.networkMaxBytes = maxBatchBytes
	o.collectorMaxBytes = maxBatchBytes
	o.charsLimit = o.limits.StoredChars
	return o
}

// Configure applies Paused, BatchSize, FlushMS and URL of config, and ignores its other fields.
func (o *Outbox) Configure(config *Config) {
	if config.URL != o.config.URL {
		o.accepted, o.refusal, o.inconsistent = "", refusalCheck{}, false // What the old address accepted says nothing about the new one.
	}
	if o.config.Paused && !config.Paused && len(o.index) > 0 {
		o.sendBy(o.now)
	}
	o.config.BatchSize, o.config.FlushMS, o.config.URL, o.config.Paused = config.BatchSize, config.FlushMS, config.URL, config.Paused
}

// Waiting returns how many messages are known to wait, in this tab and in others.
func (o *Outbox) Waiting() int { return o.events + len(o.pending) }

// Append accepts a message. The next Commit stores it at the latest. When too many messages wait, it is refused and counted as dropped.
func (o *Outbox) Append(m Message) {
	one := message{m.Head, m.Rest}
	if !m.Urgent && o.wouldOverflow(one.len()) && !o.hasRoom(one.len()) {
		o.countDrops(Drops{Overflow: 1})
		o.reportFull()
		return
	}
	if m.Urgent || m.Alone != Batched || m.Cumulative != o.isCumulative {
		o.writeSegment("")
		o.isCumulative = m.Cumulative
	}
	o.pending = append(o.pending, one)
	o.pendingBytes += one.len() + 1
	switch {
	case m.Alone != Batched:
		urgentID := ""
		if m.Urgent {
			urgentID = m.InsertID
		}
		o.alone = append(o.alone, aloneSegment{o.writeSegment(urgentID), m.Alone})
	case m.Urgent:
		o.hasUrgent = true
		o.writeSegment(m.InsertID)
	case o.pendingBytes >= maxSegmentBytes || len(o.pending) >= o.config.BatchSize:
		o.writeSegment("")
	}
}

// Commit ends a task: the messages that were appended in it are stored, and sent if a request is due.
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
	if !o.isLeaving {
		o.sendAlone()
	}
	o.alone = nil
	switch {
	case o.isLeaving:
		o.handOver()
		o.sendBy(o.now + o.config.FlushMS)
	case o.hasUrgent || !o.hasSent && o.config.Neutral == nil || o.isBatchReady():
		// The first message of a page goes at once, unless a second delivery would count: a click that is counted often leaves the page, and
		// then nobody hears the answer to what is under way.
		o.sendBy(o.now)
	default:
		o.sendBy(o.now + o.config.FlushMS)
	}
	o.hasUrgent = false
}

// beginEntry is called at the beginning of every entry point.
func (o *Outbox) beginEntry(now int64) {
	o.setTime(now)
	if !o.started {
		o.started = true
		o.loadIndex()
	}
}

// endEntry is called at the end of every entry point.
func (o *Outbox) endEntry() {
	o.commitPending()
	o.saveDrops()
	o.resolveFlushes()
	o.removeSettled()
	if len(o.keysToDrop) > 0 {
		o.ports.Drop(o.keysToDrop)
		o.keysToDrop = nil
	}
	o.requestLock()
	o.scheduleWake()
}

// commitPending stores the messages that the reporter appended during this entry point.
func (o *Outbox) commitPending() {
	if len(o.pending) > 0 || o.hasNewSegments {
		o.commit()
	}
}

func (o *Outbox) wouldOverflow(more int) bool {
	return o.events+len(o.pending) >= o.limits.Messages || o.bytes+o.pendingBytes+more > o.limits.Bytes
}

// hasRoom reads storage again, for other tabs may have delivered some of what waits, and reports whether so many more bytes
// fit now.
func (o *Outbox) hasRoom(more int) bool {
	if !o.started || o.now-o.scannedAt < minScanIntervalMS {
		return false
	}
	o.scan()
	return !o.wouldOverflow(more)
}
