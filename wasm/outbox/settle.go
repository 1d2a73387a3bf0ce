package outbox

// proofBytes is how large a single message must be for us to believe that it is too large for somebody.
const proofBytes = 16_000

// Answered brings what came back for a request.
func (o *Outbox) Answered(nowMS int64, id uint32, answer Answer) {
	o.enter(nowMS)
	// A beacon is answered by nobody: that the browser queued it does not mean that it arrived.
	if f := o.find(id); f != nil && f.mode != Beacon {
		sent := f == o.current
		o.land(f)
		o.answered(f, sent, answer)
		o.next()
	}
	o.leaveEntry()
}

// answered settles what a flight carried. The sender's own flights alone are taken apart when they are refused; what was handed
// over on leaving goes back to wait for the sender.
func (o *Outbox) answered(f *flight, sent bool, answer Answer) {
	v := understand(answer)
	if !sent && v.kind != delivered && len(v.failed) == 0 {
		if v.kind == unavailable && answer.RetryAfterMS > 0 {
			o.waitFor(answer.RetryAfterMS)
		}
		o.sendBy(o.now + o.config.FlushMS)
		return
	}
	switch v.kind {
	case delivered:
		o.delivered(f, v)
	case refused:
		o.refused(f, v)
	case tooLarge:
		o.tooLarge(f, v)
	case unavailable:
		if answer.Status == 0 {
			o.reach = max(o.reach/2, minBatchBytes)
		}
		o.unavailable(answer.RetryAfterMS)
	case unwelcome:
		o.unwelcome(answer.Status, answer.Body)
	}
}

func (o *Outbox) delivered(f *flight, v verdict) {
	o.works()
	if o.probing = false; f.probe {
		o.proven = true
		o.sendBy(o.now) // It goes again in its order, and is recognised.
		return
	}
	o.reach = min(o.reach*2, mostBatchBytes)
	o.suspect = max(o.suspect-f.count, 0)
	o.settle(f)
	for _, t := range v.taken {
		o.reporter.AliasTaken(t.insertID, t.alias, t.owner)
	}
	o.tellDrops()
}

// refused takes a refused batch apart: by what the answer says, or else by halves, in order.
func (o *Outbox) refused(f *flight, v verdict) {
	switch {
	case f.probe:
		o.doubt(v)
	case o.names(f, v):
		o.works()
		for i, failed := range v.failed {
			if !named(v.failed[:i], failed.index) {
				o.setAside(o.message(f, failed.index), failed.reason, Drops{Rejected: 1})
			}
		}
		o.suspect = 0
		o.settleAround(f, v)
		for _, t := range v.taken {
			o.reporter.AliasTaken(t.insertID, t.alias, t.owner)
		}
		if len(v.failed) < f.count {
			o.tellDrops() // The others were delivered.
		}
	case f.count > 1:
		o.suspect = f.count
		o.sendBy(o.now)
	case v.credible || o.proven:
		o.works()
		o.suspect, o.proven = 0, false
		o.setAside(o.message(f, 0), v.reason, Drops{Rejected: 1})
		o.settleRefused(f)
	default:
		o.doubt(v)
	}
}

// names reports whether the answer says which messages are bad.
func (o *Outbox) names(f *flight, v verdict) bool {
	for _, failed := range v.failed {
		if failed.index < 0 || failed.index >= f.count {
			return false
		}
	}
	return len(v.failed) > 0
}

func named(failed []failure, index int) bool {
	for _, f := range failed {
		if f.index == index {
			return true
		}
	}
	return false
}

// doubt deals with a refusal of a single message by somebody who may not be a collector at all, but a wrong address that refuses
// everything. Only if the next message is taken, and this one refused once more, is it set aside.
func (o *Outbox) doubt(v verdict) {
	if !o.probing && o.events > 1 {
		o.probing = true
		o.sendBy(o.now)
		return
	}
	o.probing = false
	o.unwelcome(400, v.reason)
}

func (o *Outbox) tooLarge(f *flight, v verdict) {
	switch {
	case f.count > 1:
		o.ceiling = max(f.bytes/2, 1)
		o.sendBy(o.now)
	case f.bytes >= proofBytes:
		o.works()
		o.suspect = max(o.suspect-1, 0)
		o.setAside(o.message(f, 0), v.reason, Drops{TooLarge: 1})
		o.settleRefused(f)
	default:
		o.unwelcome(413, v.reason)
	}
}

// settle is done with a delivered flight.
func (o *Outbox) settle(f *flight) {
	for _, p := range f.parts {
		if o.settlePart(p) && p.segment.urgent != "" {
			o.reporter.Acknowledged(p.segment.urgent)
		}
	}
}

// settleAround is done with a flight of which some messages were refused.
func (o *Outbox) settleAround(f *flight, v verdict) {
	first := 0
	for _, p := range f.parts {
		good := !named(v.failed, first)
		first += p.upto - p.from
		if o.settlePart(p) && good && p.segment.urgent != "" {
			o.reporter.Acknowledged(p.segment.urgent)
		}
	}
}

func (o *Outbox) settleRefused(f *flight) {
	for _, p := range f.parts {
		o.settlePart(p)
	}
	o.sendBy(o.now)
}

// settlePart reports whether this settled a whole segment that waited until now.
func (o *Outbox) settlePart(p part) bool {
	s := p.segment
	s.done = max(s.done, p.upto)
	if s.done < s.count {
		return false
	}
	_, waits := o.place(s.key)
	o.discard(s)
	return waits
}

// setAside gives a message up, with its reason.
func (o *Outbox) setAside(message, reason string, as Drops) {
	if !tellsDrops(message) {
		o.dropped(as)
	}
	o.reporter.Rejected(message, reason)
}
