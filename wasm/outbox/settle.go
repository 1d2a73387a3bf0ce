package outbox

// Answered brings what came back for a request.
func (o *Outbox) Answered(nowMS int64, id uint32, answer Answer) {
	o.beginEntry(nowMS)
	// A beacon is answered by nobody: that the browser queued it does not mean that it arrived.
	if f := o.requestByID(id); f != nil && f.mode != Beacon {
		bySender := f == o.currentRequest
		o.endRequest(f)
		o.handleAnswer(f, bySender, answer)
		o.sendNext()
	}
	o.endEntry()
}

// answered settles what a flight carried. The sender's own flights alone are taken apart when they are refused; what was handed
// over on leaving goes back to wait for the sender.
func (o *Outbox) handleAnswer(f *inFlightRequest, bySender bool, answer Answer) {
	v := parseAnswer(answer)
	perMessage := o.failedRecordsAreValid(f, v)
	if !bySender && v.kind != delivered && !perMessage {
		if v.kind == unavailable && answer.RetryAfterMS > 0 {
			o.obeyRetryAfter(answer.RetryAfterMS)
		}
		o.sendBy(o.now + o.config.FlushMS)
		return
	}
	if v.kind != unavailable {
		o.outage = outage{}
	}
	switch {
	case f.isProbe && (v.kind == delivered || v.kind == refused || v.kind == tooLarge):
		o.handleProbeAnswer(v)
	case perMessage:
		o.handleFailedRecords(f, v)
	case v.kind == delivered:
		o.handleDelivered(f, v)
	case v.kind == refused:
		o.handleRefused(f, v)
	case v.kind == tooLarge:
		o.handleTooLarge(f, v)
	case v.kind == misanswered:
		o.handleMisanswer(answer.Status, answer.Body)
	case answer.Status <= Forbidden:
		o.handleNoAnswer(answer)
	default:
		o.handleOverloaded(answer)
	}
}

func (o *Outbox) handleDelivered(f *inFlightRequest, v parsedAnswer) {
	o.resetBackoff()
	o.inconsistent = o.inconsistent || o.refusal.segmentKey != ""
	o.refusal = refusalCheck{}
	o.networkMaxBytes = min(o.networkMaxBytes*2, maxBatchBytes)
	o.rememberAccepted(f)
	o.suspectCount = max(o.suspectCount-f.count, 0)
	o.settleDelivered(f)
	o.reportAliasConflicts(v)
	o.reportDrops()
}

func (o *Outbox) reportAliasConflicts(v parsedAnswer) {
	for _, t := range v.aliasConflicts {
		o.reporter.AliasTaken(t.insertID, t.alias, t.owner)
	}
}

// refusedByName sets aside what the answer names; the others were delivered.
func (o *Outbox) handleFailedRecords(f *inFlightRequest, v parsedAnswer) {
	o.resetBackoff()
	o.suspectCount, o.refusal = 0, refusalCheck{}
	for i, failed := range v.failedRecords {
		if !hasFailedIndex(v.failedRecords[:i], failed.index) {
			o.rejectMessage(o.messageOf(f, failed.index), failed.reason, Drops{Rejected: 1})
		}
	}
	o.settlePartlyDelivered(f, v)
	o.reportAliasConflicts(v)
	if len(v.failedRecords) < f.count {
		o.reportDrops()
	}
}

// refused takes a refused batch apart, by halves, in order.
func (o *Outbox) handleRefused(f *inFlightRequest, v parsedAnswer) {
	if f.count > 1 {
		o.suspectCount = f.count
		o.sendBy(o.now)
		return
	}
	o.handleSingleRefusal(f, v, Drops{Rejected: 1})
}

// names reports whether the answer says which messages are bad.
func (o *Outbox) failedRecordsAreValid(f *inFlightRequest, v parsedAnswer) bool {
	for _, failed := range v.failedRecords {
		if failed.index < 0 || failed.index >= f.count {
			return false
		}
	}
	return len(v.failedRecords) > 0
}

func hasFailedIndex(failed []failedRecord, index int) bool {
	for _, f := range failed {
		if f.index == index {
			return true
		}
	}
	return false
}

func (o *Outbox) handleTooLarge(f *inFlightRequest, v parsedAnswer) {
	if f.count > 1 {
		o.collectorMaxBytes = max(f.bytes/2, 1)
		o.sendBy(o.now)
		return
	}
	o.handleSingleRefusal(f, v, Drops{TooLarge: 1})
}

// settle is done with a delivered flight.
func (o *Outbox) settleDelivered(f *inFlightRequest) {
	for _, p := range f.parts {
		if o.settlePart(p) && p.segment.urgentID != "" {
			o.reporter.Acknowledged(p.segment.urgentID)
		}
	}
}

// settleAround is done with a flight of which some messages were refused.
func (o *Outbox) settlePartlyDelivered(f *inFlightRequest, v parsedAnswer) {
	first := 0
	for _, p := range f.parts {
		good := !hasFailedIndex(v.failedRecords, first)
		first += p.to - p.from
		if o.settlePart(p) && good && p.segment.urgentID != "" {
			o.reporter.Acknowledged(p.segment.urgentID)
		}
	}
}

func (o *Outbox) settleRejected(f *inFlightRequest) {
	for _, p := range f.parts {
		o.settlePart(p)
	}
	o.sendBy(o.now)
}

// settlePart reports whether this settled a whole segment that waited until now.
func (o *Outbox) settlePart(p part) bool {
	s := p.segment
	if p.from <= s.settledCount { // Else what is ahead of it goes again, and so does it.
		s.settledCount = max(s.settledCount, p.to)
	}
	if s.settledCount < s.count {
		return false
	}
	_, waits := o.search(s.key)
	if waits && s.foreign {
		o.noteDelivery(s)
	}
	o.discardSettled(s)
	return waits
}

// setAside gives a message up, with its reason.
func (o *Outbox) rejectMessage(message, reason string, drops Drops) {
	if !isDropsEvent(message) {
		o.countDrops(drops)
	}
	o.reporter.Rejected(message, reason)
}
