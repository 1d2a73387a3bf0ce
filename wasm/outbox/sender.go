package outbox

// state is the state of this page's sender.
type state int

const (
	idle state = iota
	waitingForLock
	sending // with the lock, or without it after lockTimeoutMS
)

// sender sends what waits, one request at a time, while no other tab does.
type sender struct {
	state             state
	withoutLock       bool             // sending without the lock, because its holder did not release it for lockTimeoutMS
	currentRequest    *inFlightRequest // the request whose answer the sender waits for
	hasSent           bool             // the page has sent a request
	failures          int              // consecutive failed attempts
	retryAfterSet     bool             // the deadline retryAt was set by the server's Retry-After
	retryAfterShared  bool             // it is in storage, where other tabs read it
	suspects          int              // the number of messages at the front of the queue of which at least one was refused
	accepted          string           // a message that the collector accepted, for probes
	refusal           refusalCheck     // the check of a message that was refused alone
	inconsistent      bool             // the collector has refused a message that it accepted at another time
	networkMaxBytes   int              // size limit of a request: halved when requests get no answer, doubled when they are delivered
	collectorMaxBytes int              // size limit of a request: what the collector accepts
	outage
}

// lockTimeoutMS is how long to wait for the lock. Sending without it is safe, because the collector recognises messages by their insert
// ids. maxLockHoldMS is after how long the lock is released, so that another tab may send.
const (
	lockTimeoutMS     = 60_000
	maxLockHoldMS     = 20_000
	minScanIntervalMS = 2_000
)

// sendBy makes sure that what waits is sent at that time at the latest.
func (o *Outbox) sendBy(at int64) { o.dueBy(sendAt, at) }

// requestLock asks for the lock if there is something to send now.
func (o *Outbox) requestLock() {
	if o.state != idle || !o.isDue(sendAt) || o.deadlines[retryAt] > o.now || o.isPaused() {
		return
	}
	if !o.hasSendable() {
		o.deadlines[sendAt] = 0
		return
	}
	o.state = waitingForLock
	o.deadlines[lockTimeoutAt] = o.now + lockTimeoutMS
	o.ports.Acquire(o.config.LockName)
}

// isPaused reports whether what waits must not be sent.
func (o *Outbox) isPaused() bool { return o.config.Paused && len(o.pendingFlushes) == 0 }

// hasSendable reports whether a segment waits that no request carries.
func (o *Outbox) hasSendable() bool {
	for _, s := range o.index {
		if s.request == nil {
			return true
		}
	}
	return false
}

// Locked must be called when the lock that was asked for is held.
func (o *Outbox) Locked(nowMS int64) {
	o.beginEntry(nowMS)
	switch {
	case o.state == waitingForLock:
		o.startSending(false)
	case o.withoutLock:
		o.withoutLock = false
	case o.state == idle:
		o.ports.Release()
	}
	o.endEntry()
}

func (o *Outbox) startSending(withoutLock bool) {
	o.state = sending
	o.withoutLock = withoutLock
	o.deadlines[lockTimeoutAt] = 0
	o.deadlines[yieldAt] = o.now + maxLockHoldMS
	if o.now-o.scannedAt >= minScanIntervalMS {
		o.scan()
	} else {
		o.readNote()
	}
	if !o.mustWait() {
		o.sendNext()
	}
}

// releaseLock ends sending and releases the lock.
func (o *Outbox) releaseLock() {
	if o.state == idle {
		return
	}
	o.state = idle
	o.withoutLock = false
	o.deadlines[lockTimeoutAt] = 0
	o.ports.Release()
}

// sendNext sends the next batch, or releases the lock. Messages that were appended meanwhile wait for FlushMS, unless they fill a
// batch.
func (o *Outbox) sendNext() {
	if o.state != sending || o.currentRequest != nil {
		return
	}
	if !o.isDue(sendAt) && !o.isBatchReady() || o.deadlines[retryAt] > o.now {
		o.releaseLock()
		return
	}
	if o.isDue(yieldAt) {
		o.releaseLock()
		o.sendBy(o.now)
		return
	}
	b := o.nextBatch()
	if b.count == 0 {
		o.deadlines[sendAt] = 0
		o.releaseLock()
		return
	}
	o.currentRequest = o.sendBatch(b, Fetch)
	o.currentRequest.isProbe = o.refusal.needsProbe()
	o.deadlines[sendAt] = 0
	if o.hasSendable() {
		o.sendBy(o.now)
	}
}

// isBatchReady reports whether there is a reason not to wait for FlushMS: the next request is full already, or a segment is delivered
// in part.
func (o *Outbox) isBatchReady() bool {
	return o.events >= o.config.BatchSize || o.bytes >= o.networkMaxBytes || len(o.index) > 0 && o.index[0].settledCount > 0
}

func (o *Outbox) nextBatch() *batch {
	limits := &batchLimits{maxMessages: max(o.config.BatchSize, 1), maxBytes: min(o.networkMaxBytes, o.collectorMaxBytes)}
	if o.suspects > 0 {
		limits.maxMessages = max(1, min(limits.maxMessages, o.suspects/2))
	}
	if o.refusal.needsProbe() {
		if b := o.nextProbe(limits.maxBytes); b.count > 0 {
			return b
		}
		o.refusal = refusalCheck{}
	}
	return o.buildBatch(limits)
}
