package outbox

// When a request with one message is refused, either the message is bad or every request is refused: a redirect turned the POST into a
// GET, a proxy emptied or re-encoded the body, the server at the address is not the collector, or one of several servers behind it is
// broken. A message must not be lost to the second kind. So it is rejected only if it is refused again and again while other messages
// are accepted: in several rounds, each of which consists of a few accepted requests in a row, called probes, and another refusal of
// the message. The number of probes in a round is random, because with servers that take turns the broken one could otherwise get the
// same request of every round. Until then the message is kept.

// refusalCheck is the check of one message that was refused alone.
type refusalCheck struct {
	segmentKey string // of the message; "" if no message is checked
	index      int    // of the message in its segment
	rounds     int    // rounds in which all probes were accepted and the message was refused again
	needed     int    // probes that this round needs
	accepted   int    // probes accepted in a row, since the message was refused
	refused    int    // probes refused in this round
	offset     int    // the distance of the next probe from the message in the queue, while no message was ever accepted
}

const (
	minProbes                  = 2
	maxExtraProbes             = 3 // a random number up to this is added to minProbes
	requiredRounds             = 2
	requiredRoundsInconsistent = 6 // where the collector accepts a message at one time and refuses it at another
	maxRefusedProbes           = 4 // then sending pauses
)

// needsProbe reports whether the next request is to be a probe.
func (d *refusalCheck) needsProbe() bool {
	return d.segmentKey != "" && d.accepted < d.needed
}

// checkRefusal handles the refusal of a request with one message: the message is rejected if the check is complete, and probed
// otherwise.
func (o *Outbox) checkRefusal(f *inFlightRequest, v *parsedAnswer, drops Drops) {
	first := f.parts[0]
	rounds := 0
	if d := &o.refusal; d.segmentKey == first.segment.key && d.index == first.from && d.accepted >= d.needed {
		rounds = d.rounds + 1
	}
	required := requiredRounds
	if o.inconsistent {
		required = requiredRoundsInconsistent
	}
	if _, waits := o.search(first.segment.key); waits && rounds >= required {
		o.resetBackoff()
		o.suspects, o.refusal = 0, refusalCheck{}
		o.rejectMessage(o.messageOf(f.parts, 0), v.reason, drops)
		o.settleRejected(f)
		return
	}
	o.suspects = max(o.suspects, 1)
	o.refusal = refusalCheck{
		segmentKey: first.segment.key, index: first.from, rounds: rounds,
		needed: minProbes + int(o.jitter(maxExtraProbes)), offset: max(o.refusal.offset, 1),
	}
	o.scheduleProbe(v)
}

// handleProbeAnswer records whether a probe was accepted.
func (o *Outbox) handleProbeAnswer(v *parsedAnswer) {
	if v.kind == delivered {
		o.refusal.accepted++
		o.sendBy(o.now) // A probe that was a waiting message is sent again in order, and the collector recognises it.
		return
	}
	o.inconsistent = o.inconsistent || o.accepted != ""
	o.refusal.accepted = 0
	o.refusal.refused++
	o.refusal.offset *= 2 // Several in a row may be bad.
	o.scheduleProbe(v)
}

// scheduleProbe lets the next probe be sent, or pauses if none is left or too many were refused.
func (o *Outbox) scheduleProbe(v *parsedAnswer) {
	if len(o.index) == 0 { // Another tab has settled all of it meanwhile.
		o.suspects, o.refusal = 0, refusalCheck{}
		return
	}
	others := o.events - o.index[0].settledCount - 1
	if o.refusal.offset > others {
		o.refusal.offset = 1
	}
	limit := maxRefusedProbes
	if o.accepted != "" {
		others, limit = 1, 1 // One is enough, because this message was accepted before.
	}
	if others < 1 || o.refusal.refused >= limit {
		o.refusal = refusalCheck{offset: o.refusal.offset}
		o.handleMisanswer(v.status, v.reason)
		return
	}
	o.sendBy(o.now)
}

// nextProbe returns a request with one probe. The probe is a message that was accepted before, which the collector recognises. If there
// is none, it is a waiting message further back in the queue. The batch is empty if that message has been settled meanwhile. Where the
// collector recognises no message, the probe says nothing (Config.Neutral).
func (o *Outbox) nextProbe(maxBytes int) *batch {
	message := o.accepted
	if message == "" {
		b := o.buildBatch(&batchLimits{skip: o.refusal.offset, maxMessages: 1, maxBytes: maxBytes})
		if o.config.Neutral == nil || b.count == 0 {
			return b
		}
		message = o.config.Neutral(o.messageOf(b.parts, 0))
	}
	b := &batch{body: appendForm([]byte(batchStart), message), count: 1}
	b.body = append(b.body, batchEnd...)
	return b
}

// keepAccepted keeps the last message of a delivered request for probes. Reading it takes time, so this is done only if there is
// none yet or while a bad message is searched for.
func (o *Outbox) keepAccepted(f *inFlightRequest) {
	if o.suspects > 0 || o.accepted == "" {
		o.accepted = o.messageOf(f.parts, f.count-1)
		if o.config.Neutral != nil {
			o.accepted = o.config.Neutral(o.accepted)
		}
	}
}
