package outbox

// Answered must be called with the answer to a request.
func (o *Outbox) Answered(nowMS int64, id uint32, answer Answer) {
	o.beginEntry(nowMS)
	// Nothing answers a beacon. That the browser has queued it does not mean that it arrived.
	if f := o.requestByID(id); f != nil && f.mode != Beacon {
		bySender := f == o.currentRequest
		o.endRequest(f)
		o.handleAnswer(f, bySender, &answer)
		o.sendNext()
	}
	o.endEntry()
}

// handleAnswer does with the messages of a request what its answer says. Only requests of the sender (bySender) are split when they are
// refused. Messages that were handed over while the page was left wait for the sender again.
func (o *Outbox) handleAnswer(f *inFlightRequest, bySender bool, answer *Answer) {
	v := &parsedAnswer{}
	v.parse(answer)
	perMessage := o.hasValidFailures(f, v)
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

func (o *Outbox) handleDelivered(f *inFlightRequest, v *parsedAnswer) {
	o.resetBackoff()
	o.inconsistent = o.inconsistent || o.refusal.segmentKey != ""
	o.refusal = refusalCheck{}
	o.networkMaxBytes = min(o.networkMaxBytes*2, maxBatchBytes)
	o.keepAccepted(f)
	o.suspects = max(o.suspects-f.count, 0)
	o.settle(f)
	o.reportAliases(v)
	o.reportDrops()
}

func (o *Outbox) reportAliases(v *parsedAnswer) {
	for _, t := range v.aliasConflicts {
		o.reporter.AliasTaken(t.alias, t.distinctID)
	}
}

// handleFailedRecords rejects the messages that the answer names as bad. All others were delivered.
func (o *Outbox) handleFailedRecords(f *inFlightRequest, v *parsedAnswer) {
	o.resetBackoff()
	o.suspects, o.refusal = 0, refusalCheck{}
	for i, failed := range v.failedRecords {
		if !hasFailedIndex(v.failedRecords[:i], failed.index) {
			o.rejectMessage(o.messageOf(f.parts, failed.index), failed.reason, Drops{Rejected: 1})
		}
	}
	o.settlePartial(f, v)
	o.reportAliases(v)
	if len(v.failedRecords) < f.count {
		o.reportDrops()
	}
}

// handleRefused sends a refused batch again in halves, in order, until the bad message is alone.
func (o *Outbox) handleRefused(f *inFlightRequest, v *parsedAnswer) {
	if f.count > 1 {
		o.suspects = f.count
		o.sendBy(o.now)
		return
	}
	o.checkRefusal(f, v, Drops{Rejected: 1})
}

// hasValidFailures reports whether the answer names bad messages, all of which are in the request.
func (o *Outbox) hasValidFailures(f *inFlightRequest, v *parsedAnswer) bool {
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

func (o *Outbox) handleTooLarge(f *inFlightRequest, v *parsedAnswer) {
	if f.count > 1 {
		o.collectorMaxBytes = max(f.bytes/2, 1)
		o.sendBy(o.now)
		return
	}
	o.checkRefusal(f, v, Drops{TooLarge: 1})
}

// settle settles the messages of a delivered request.
func (o *Outbox) settle(f *inFlightRequest) {
	for _, p := range f.parts {
		if o.settlePart(p) && p.segment.urgentID != "" {
			o.reporter.Acknowledged(p.segment.urgentID)
		}
	}
}

// settlePartial settles the messages of a request of which some were rejected. Those are not acknowledged.
func (o *Outbox) settlePartial(f *inFlightRequest, v *parsedAnswer) {
	first := 0
	for _, p := range f.parts {
		good := !hasFailedIndex(v.failedRecords, first)
		first += p.to - p.from
		if o.settlePart(p) && good && p.segment.urgentID != "" {
			o.reporter.Acknowledged(p.segment.urgentID)
		}
	}
}

// settleRejected settles the only message of a request, which was rejected.
func (o *Outbox) settleRejected(f *inFlightRequest) {
	for _, p := range f.parts {
		o.settlePart(p)
	}
	o.sendBy(o.now)
}

// settlePart settles the messages of a part. It reports whether that settled the last of a segment that was still waiting.
func (o *Outbox) settlePart(p part) bool {
	s := p.segment
	if p.from <= s.settledCount { // Otherwise the messages before it are sent again, and this part with them.
		s.settledCount = max(s.settledCount, p.to)
	}
	if s.settledCount < s.count {
		return false
	}
	_, waits := o.search(s.key)
	if waits && s.foreign {
		o.noteDelivery(s)
	}
	o.discard(s)
	return waits
}

// rejectMessage counts a message as dropped and reports why. The event that reports drops is not counted: that would never end.
func (o *Outbox) rejectMessage(message, reason string, drops Drops) {
	if !isDropsEvent(message) {
		o.countDrops(drops)
	}
	o.reporter.Rejected(message, reason)
}
