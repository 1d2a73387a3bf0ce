package outbox

// Indexes of Outbox.deadlines, which are times by the browser's clock, or 0 for none. One timer serves the earliest.
const (
	sendAt        = iota // what waits is sent
	retryAt              // nothing is sent before
	lockTimeoutAt        // the lock has not been granted for too long
	mirrorAt             // segments are copied to the mirror
	storeRetryAt         // storage is tried again
	scanAt               // segments of other tabs are looked for
	wakeAt               // the timer is set to
	yieldAt              // the lock is released for other tabs
	noteExpiryAt         // the delivery note is removed
	evictAt              // segments are removed from a full storage
	deadlineCount
)

// setTime sets the current time. If the clock was set back, all deadlines are moved back too: otherwise setting it back by an hour
// would stop the outbox for an hour.
func (o *Outbox) setTime(now int64) {
	if now < o.now {
		o.shiftClock(o.now - now)
	}
	o.now = now
}

// timerToleranceMS is how much too early a timer may fire. If it fires earlier than that, the clock was set back.
const timerToleranceMS = 50

func (o *Outbox) shiftClock(back int64) {
	for i := range o.deadlines {
		if o.deadlines[i] != 0 {
			o.deadlines[i] = max(o.deadlines[i]-back, 1)
		}
	}
	for _, f := range o.inFlight {
		f.sentAt -= back
	}
	for _, s := range o.index {
		s.knownSince -= back
	}
	o.scannedAt -= back
	o.recalledAt -= back
	o.dropsReportedAt -= back
	o.firstFailedAt -= back
	o.lastFailedAt -= back
}

func (o *Outbox) isDue(deadline int) bool {
	return o.deadlines[deadline] != 0 && o.deadlines[deadline] <= o.now
}

// dueBy sets a deadline, unless it is set to an earlier time.
func (o *Outbox) dueBy(deadline int, at int64) {
	if o.deadlines[deadline] == 0 || at < o.deadlines[deadline] {
		o.deadlines[deadline] = at
	}
}

// scheduleWake asks for the next call of Wake, unless one is scheduled that is early enough.
func (o *Outbox) scheduleWake() {
	next := earliest(o.deadlines[mirrorAt], o.deadlines[storeRetryAt])
	next = earliest(next, o.deadlines[scanAt])
	next = earliest(next, o.deadlines[noteExpiryAt])
	next = earliest(next, o.deadlines[evictAt])
	if o.state == idle && o.deadlines[sendAt] != 0 && !o.isPaused() {
		next = earliest(next, max(o.deadlines[sendAt], o.deadlines[retryAt]))
	}
	if o.state == waitingForLock {
		next = earliest(next, o.deadlines[lockTimeoutAt])
	}
	for _, f := range o.inFlight {
		next = earliest(next, f.sentAt+requestTimeoutMS)
	}
	// A wake that is overdue does not count: if the clock was set forward, the timer fires later than its time on the clock.
	if next == 0 || o.deadlines[wakeAt] > o.now && o.deadlines[wakeAt] <= next {
		return
	}
	o.deadlines[wakeAt] = next
	o.ports.WakeAfter(max(next-o.now, 0))
}

func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Wake must be called when the delay of Timer.WakeAfter is over.
func (o *Outbox) Wake(nowMS int64) {
	if back := o.deadlines[wakeAt] - nowMS; back > timerToleranceMS {
		o.shiftClock(back)
		o.now = nowMS
	}
	o.beginEntry(nowMS)
	o.deadlines[wakeAt] = 0
	o.expire()
	if o.isDue(storeRetryAt) {
		o.retryStoring()
	}
	if o.isDue(mirrorAt) {
		o.copyDue(false)
	}
	if o.isDue(scanAt) {
		o.deadlines[scanAt] = 0
		o.scan()
	}
	if o.isDue(noteExpiryAt) {
		o.removeNote()
	}
	if o.isDue(evictAt) {
		o.evictSegments()
	}
	if o.state == waitingForLock && o.isDue(lockTimeoutAt) {
		o.startSending(true)
	}
	o.endEntry()
}
