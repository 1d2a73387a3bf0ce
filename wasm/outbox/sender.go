package outbox

// state is where the sender of this page stands.
type state int

const (
	idle           state = iota
	waitingForLock       // for the lock
	sending              // it, or doing without
)

// sender sends what waits, one request at a time, while no other tab does.
type sender struct {
	state             state
	withoutLock       bool             // sending without the lock, for whoever holds it does not let go
	currentRequest    *inFlightRequest // the request that the sender waits for
	hasSent           bool             // a first request was made
	failures          int              // in a row
	retryAfterSet     bool             // dueRetry is what the collector asked for
	retryAfterShared  bool             // and other tabs were told
	suspectCount      int              // so many messages at the front are known to have a bad one among them
	acceptedMessage   string           // a message that was taken
	refusal           refusalCheck     // of a message that was refused alone
	inconsistent      bool             // a message was refused that was taken at another time
	networkMaxBytes   int              // bytes in one request, as far as the line carries
	collectorMaxBytes int              // bytes in one request, as far as the collector takes
	outage
}

const (
	lockTimeoutMS     = 60_000 // without a lock, insert ids stand in
	maxLockHoldMS     = 20_000 // then another tab may send
	minScanIntervalMS = 2_000
)

// sendBy asks for what waits to be sent by then.
func (o *Outbox) sendBy(at int64) { o.dueBy(sendAt, at) }

// advance asks for the lock when there is something to do.
func (o *Outbox) requestLock() {
	if o.state != idle || !o.isDue(sendAt) || o.deadlines[retryAt] > o.now {
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

func (o *Outbox) hasSendable() bool {
	for _, s := range o.index {
		if s.request == nil {
			return true
		}
	}
	return false
}

// Locked tells that the lock is held.
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

// rest gives the lock back.
func (o *Outbox) releaseLock() {
	if o.state == idle {
		return
	}
	o.state = idle
	o.withoutLock = false
	o.deadlines[lockTimeoutAt] = 0
	o.ports.Release()
}

// next sends the next batch, or rests. What was appended meanwhile waits for its own time, unless it fills a batch.
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

// batchWaits reports whether waiting longer would not make the next request larger, or would leave a segment half delivered.
func (o *Outbox) isBatchReady() bool {
	return o.events >= o.config.BatchSize || o.bytes >= o.networkMaxBytes || len(o.index) > 0 && o.index[0].settledCount > 0
}

func (o *Outbox) nextBatch() batch {
	limits := batchLimits{maxMessages: max(o.config.BatchSize, 1), maxBytes: min(o.networkMaxBytes, o.collectorMaxBytes)}
	if o.suspectCount > 0 {
		limits.maxMessages = max(1, min(limits.maxMessages, o.suspectCount/2))
	}
	if o.refusal.needsProbe() {
		if b := o.nextProbe(limits); b.count > 0 {
			return b
		}
		o.refusal = refusalCheck{}
	}
	return o.buildBatch(limits)
}
