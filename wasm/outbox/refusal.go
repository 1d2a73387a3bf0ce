package outbox

// A refusal of one message alone may mean that message, or every request: a redirect made a GET of the POST, a proxy emptied or
// re-encoded the body, somebody else answers at the address, or one of several servers behind it is broken. So the message is set aside
// only where it is refused again and again while others are taken: a few rounds of probes in a row, each followed by another refusal of
// the message. How many probes a round has is random, for servers that take turns would break the same requests of every round. Until then
// all of it is kept.

// doubt is of a message that was refused alone.
type refusalCheck struct {
	segmentKey     string // the message: the key of its segment; "" for none
	index          int    // and its place in it
	acceptedRounds int    // of probes that were taken, each with another refusal behind it
	probesNeeded   int    // probes that this round has
	probesAccepted int    // probes taken in a row since it was refused
	probesRefused  int    // probes refused in this round
	probeOffset    int    // how far behind it the next probe is, where nothing was ever taken
}

const (
	minProbes                  = 2
	maxExtraProbes             = 3 // at most, by chance
	requiredRounds             = 2
	requiredRoundsInconsistent = 6 // where the same message was taken at one time and refused at another
	maxRefusedProbes           = 4 // probes, before a pause
)

// probing reports whether the next request is to show that others are taken.
func (d *refusalCheck) needsProbe() bool {
	return d.segmentKey != "" && d.probesAccepted < d.probesNeeded
}

// refusedAlone deals with a refusal of a flight's only message.
func (o *Outbox) handleSingleRefusal(f *inFlightRequest, v parsedAnswer, drops Drops) {
	first := f.parts[0]
	rounds := 0
	if d := &o.refusal; d.segmentKey == first.segment.key && d.index == first.from && d.probesAccepted >= d.probesNeeded {
		rounds = d.acceptedRounds + 1
	}
	required := requiredRounds
	if o.inconsistent {
		required = requiredRoundsInconsistent
	}
	if _, waits := o.search(first.segment.key); waits && rounds >= required {
		o.resetBackoff()
		o.suspectCount, o.refusal = 0, refusalCheck{}
		o.rejectMessage(o.messageOf(f, 0), v.reason, drops)
		o.settleRejected(f)
		return
	}
	o.suspectCount = max(o.suspectCount, 1)
	o.refusal = refusalCheck{
		segmentKey: first.segment.key, index: first.from, acceptedRounds: rounds, probesNeeded: minProbes + int(o.jitter(maxExtraProbes)), probeOffset: max(o.refusal.probeOffset, 1),
	}
	o.scheduleProbe(v)
}

// probed takes over what became of a probe.
func (o *Outbox) handleProbeAnswer(v parsedAnswer) {
	if v.kind == delivered {
		o.refusal.probesAccepted++
		o.sendBy(o.now) // A probe that still waits goes again in its order, and is recognised.
		return
	}
	o.inconsistent = o.inconsistent || o.acceptedMessage != ""
	o.refusal.probesAccepted = 0
	o.refusal.probesRefused++
	o.refusal.probeOffset *= 2 // Several in a row may be bad.
	o.scheduleProbe(v)
}

// probe asks for the next probe, or for a pause.
func (o *Outbox) scheduleProbe(v parsedAnswer) {
	if len(o.index) == 0 { // Another tab has settled all of it meanwhile.
		o.suspectCount, o.refusal = 0, refusalCheck{}
		return
	}
	others := o.events - o.index[0].settledCount - 1
	if o.refusal.probeOffset > others {
		o.refusal.probeOffset = 1
	}
	limit := maxRefusedProbes
	if o.acceptedMessage != "" {
		others, limit = 1, 1 // It was taken before: no other tells more.
	}
	if others < 1 || o.refusal.probesRefused >= limit {
		o.refusal = refusalCheck{probeOffset: o.refusal.probeOffset}
		o.handleMisanswer(v.status, v.reason)
		return
	}
	o.sendBy(o.now)
}

// nextProbe returns the probe, or an empty batch where what it was to be has been settled meanwhile. A message that was taken goes
// again, and is recognised. Only where there is none the probe is a message that still waits, out of its turn.
func (o *Outbox) nextProbe(limits batchLimits) batch {
	if o.acceptedMessage == "" {
		limits.skip, limits.maxMessages = o.refusal.probeOffset, 1
		return o.buildBatch(limits)
	}
	b := batch{body: appendForm([]byte(batchStart), o.acceptedMessage), count: 1}
	b.body = append(b.body, batchEnd...)
	return b
}

// keepSample remembers the last message of a flight that was taken. Looking it up takes a moment, so it does that once, and while a bad one is sought.
func (o *Outbox) rememberAccepted(f *inFlightRequest) {
	if o.suspectCount > 0 || o.acceptedMessage == "" {
		o.acceptedMessage = o.messageOf(f, f.count-1)
	}
}
