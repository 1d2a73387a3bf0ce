package outbox

// Deadlines, in milliseconds on the browser's clock; 0 is none. One timer serves the earliest.
const (
	dueSend   = iota // what waits is to be sent
	dueRetry         // nothing is sent before
	dueUnlock        // the lock has not been granted for too long
	dueMirror        // something is to be copied
	dueStore         // storage is to be tried again
	dueScan          // another tab's segments are to be looked for
	dueWake          // the timer was set for
	dueYield         // another tab's turn to send
	dueForget        // the note of what was delivered is to be removed
	dueRoom          // storage is to be given back
	deadlines
)

// tick takes over the time. Where the clock was set back, the deadlines follow it, so that an hour back is not an hour's pause.
func (o *Outbox) tick(now int64) {
	if now < o.now {
		o.shift(o.now - now)
	}
	o.now = now
}

// earlyMS is how much earlier than asked for a timer may come. Earlier than that, it was the clock that went back.
const earlyMS = 50

func (o *Outbox) shift(back int64) {
	for i := range o.at {
		if o.at[i] != 0 {
			o.at[i] = max(o.at[i]-back, 1)
		}
	}
	for _, f := range o.flights {
		f.sentAt -= back
	}
	for _, s := range o.index {
		s.since -= back
	}
	o.scannedAt -= back
	o.recalled -= back
	o.toldAt -= back
	o.silentFrom -= back
	o.silentAt -= back
}

func (o *Outbox) due(deadline int) bool {
	return o.at[deadline] != 0 && o.at[deadline] <= o.now
}

// by sets a deadline unless there is an earlier one.
func (o *Outbox) by(deadline int, at int64) {
	if o.at[deadline] == 0 || at < o.at[deadline] {
		o.at[deadline] = at
	}
}

// schedule asks for the next wake, unless an earlier one is on its way.
func (o *Outbox) schedule() {
	next := earliest(o.at[dueMirror], o.at[dueStore])
	next = earliest(next, o.at[dueScan])
	next = earliest(next, o.at[dueForget])
	next = earliest(next, o.at[dueRoom])
	if o.state == resting && o.at[dueSend] != 0 {
		next = earliest(next, max(o.at[dueSend], o.at[dueRetry]))
	}
	if o.state == asking {
		next = earliest(next, o.at[dueUnlock])
	}
	for _, f := range o.flights {
		next = earliest(next, f.sentAt+patienceMS)
	}
	// A wake that is overdue is not to be relied on: the clock may have been set forward, and the timer knows nothing of it.
	if next == 0 || o.at[dueWake] > o.now && o.at[dueWake] <= next {
		return
	}
	o.at[dueWake] = next
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
	if back := o.at[dueWake] - nowMS; back > earlyMS {
		o.shift(back)
		o.now = nowMS
	}
	o.enter(nowMS)
	o.at[dueWake] = 0
	o.expire()
	if o.due(dueStore) {
		o.storeAgain()
	}
	if o.due(dueMirror) {
		o.mirror(false)
	}
	if o.due(dueScan) {
		o.at[dueScan] = 0
		o.scan()
	}
	if o.due(dueForget) {
		o.forgetNote()
	}
	if o.due(dueRoom) {
		o.makeSpace()
	}
	if o.state == asking && o.due(dueUnlock) {
		o.hold(true)
	}
	o.leaveEntry()
}
