package outbox

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
	named := o.names(f, v)
	if !sent && v.kind != delivered && !named {
		if v.kind == unavailable && answer.RetryAfterMS > 0 {
			o.waitFor(answer.RetryAfterMS)
		}
		o.sendBy(o.now + o.config.FlushMS)
		return
	}
	if v.kind != unavailable {
		o.silence = silence{}
	}
	switch {
	case f.probe && (v.kind == delivered || v.kind == refused || v.kind == tooLarge):
		o.probed(v)
	case named:
		o.refusedByName(f, v)
	case v.kind == delivered:
		o.delivered(f, v)
	case v.kind == refused:
		o.refused(f, v)
	case v.kind == tooLarge:
		o.tooLarge(f, v)
	case v.kind == unwelcome:
		o.unwelcome(answer.Status, answer.Body)
	case answer.Status <= Forbidden:
		o.unreachable(answer)
	default:
		o.overloaded(answer)
	}
}

func (o *Outbox) delivered(f *flight, v verdict) {
	o.works()
	o.fickle = o.fickle || o.doubt.about != ""
	o.doubt = doubt{}
	o.reach = min(o.reach*2, mostBatchBytes)
	o.keepSample(f)
	o.suspect = max(o.suspect-f.count, 0)
	o.settle(f)
	o.tellTaken(v)
	o.tellDrops()
}

func (o *Outbox) tellTaken(v verdict) {
	for _, t := range v.taken {
		o.reporter.AliasTaken(t.insertID, t.alias, t.owner)
	}
}

// refusedByName sets aside what the answer names; the others were delivered.
func (o *Outbox) refusedByName(f *flight, v verdict) {
	o.works()
	o.suspect, o.doubt = 0, doubt{}
	for i, failed := range v.failed {
		if !named(v.failed[:i], failed.index) {
			o.setAside(o.message(f, failed.index), failed.reason, Drops{Rejected: 1})
		}
	}
	o.settleAround(f, v)
	o.tellTaken(v)
	if len(v.failed) < f.count {
		o.tellDrops()
	}
}

// refused takes a refused batch apart, by halves, in order.
func (o *Outbox) refused(f *flight, v verdict) {
	if f.count > 1 {
		o.suspect = f.count
		o.sendBy(o.now)
		return
	}
	o.refusedAlone(f, v, Drops{Rejected: 1})
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

func (o *Outbox) tooLarge(f *flight, v verdict) {
	if f.count > 1 {
		o.ceiling = max(f.bytes/2, 1)
		o.sendBy(o.now)
		return
	}
	o.refusedAlone(f, v, Drops{TooLarge: 1})
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
	if p.from <= s.done { // Else what is ahead of it goes again, and so does it.
		s.done = max(s.done, p.upto)
	}
	if s.done < s.count {
		return false
	}
	_, waits := o.place(s.key)
	if waits && s.foreign {
		o.settledForeign(s)
	}
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
