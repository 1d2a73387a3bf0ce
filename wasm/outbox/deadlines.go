package outbox

// Deadlines, in milliseconds on the browser's clock; 0 is none. One timer serves the earliest.
const (
	sendAt        = iota // what waits is to be sent
	retryAt              // nothing is sent before
	lockTimeoutAt        // the lock has not been granted for too long
	mirrorAt             // something is to be copied
	storeRetryAt         // storage is to be tried again
	scanAt               // another tab's segments are to be looked for
	wakeAt               // the timer was set for
	yieldAt              // another tab's turn to send
	noteExpiryAt         // the note of what was delivered is to be removed
	evictAt              // storage is to be given back
	deadlineCount
)

// tick takes over the time. Where the clock was set back, the deadlines follow it, so that an hour back is not an hour's pause.
func (o *Outbox) setTime(now int64) {
	if now < o.now {
		o.shiftClock(o.now - now)
	}
	o.now = now
}

// earlyMS is how much earlier than asked for a timer may come. Earlier than that, it was the clock that went back.
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

// by sets a deadline unless there is an earlier one.
func (o *Outbox) dueBy(deadline int, at int64) {
	if o.deadlines[deadline] == 0 || at < o.deadlines[deadline] {
		o.deadlines[deadline] = at
	}
}

// schedule asks for the next wake, unless an earlier one is on its way.
func (o *Outbox) scheduleWake() {
	next := earliest(o.deadlines[mirrorAt], o.deadlines[storeRetryAt])
	next = earliest(next, o.deadlines[scanAt])
	next = earliest(next, o.deadlines[noteExpiryAt])
	next = earliest(next, o.deadlines[evictAt])
	if o.state == idle && o.deadlines[sendAt] != 0 {
		next = earliest(next, max(o.deadlines[sendAt], o.deadlines[retryAt]))
	}
	if o.state == waitingForLock {
		next = earliest(next, o.deadlines[lockTimeoutAt])
	}
	for _, f := range o.inFlight {
		next = earliest(next, f.sentAt+requestTimeoutMS)
	}
	// A wake that is overdue is not to be relied on: the clock may have been set forward, and the timer knows nothing of it.
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

// Wake tells that the time has come that the outbox asked to be woken for.
func (o *Outbox) Wake(nowMS int64) {
	if back := o.deadlines[wakeAt] - nowMS; back > timerToleranceMS {
		o.shiftClock(back)
		o.now = nowMS
	}
	o.beginEntry(nowMS)
	o.deadlines[wakeAt] = 0
	o.expireRequests()
	if o.isDue(storeRetryAt) {
		o.retryStoring()
	}
	if o.isDue(mirrorAt) {
		o.copyDueSegments(false)
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
