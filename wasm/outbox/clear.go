package outbox

// clearState is what this page knows of the last Clear.
type clearState struct {
	clearedBelow string // copies in the mirror whose keys sort before this one are older than the last Clear; "" if there was none
}

// Clear deletes everything that waits, of this page, of other tabs and of earlier pages, in storage and in the mirror. A request in
// flight cannot be stopped, but it is not repeated, and its answer is ignored. Nothing is counted as dropped. Messages that are
// appended afterwards are not affected.
//
// Clear calls deleted with the Rest of each message, or with all of its JSON if it has no Head.
func (o *Outbox) Clear(nowMS int64, deleted func(message string)) {
	o.beginEntry(nowMS)
	o.scan()
	for _, m := range o.pending {
		deleted(m.rest)
	}
	clear(o.pending)
	o.pending, o.pendingBytes, o.hasUrgent, o.hasNewSegments, o.alone = o.pending[:0], 0, false, false, nil
	o.failFlushes()
	for len(o.inFlight) > 0 {
		o.endRequest(o.inFlight[0])
	}
	for len(o.index) > 0 {
		o.clearSegment(o.index[0], deleted)
	}
	o.suspects, o.accepted, o.refusal = 0, "", refusalCheck{}
	o.deadlines[sendAt], o.deadlines[mirrorAt] = 0, 0
	o.releaseLock()
	o.clearMirror()
	o.endEntry()
}

func (o *Outbox) clearSegment(s *segment, deleted func(message string)) {
	if text, ok := o.read(s); ok {
		for _, m := range decode(o.buffer[:0], text) {
			deleted(m.rest)
		}
	}
	if s.foreign {
		o.noteDelivery(s) // Otherwise its page would consider it lost and store it again.
	}
	s.foreign = true // So that discard also drops a copy in the mirror, whichever tab made it.
	o.discard(s)
}

// clearMirror asks for all copies in the mirror, so that adopt deletes those that are older than this Clear. A crash of the browser
// leaves copies of segments that are not in storage. The keys of new segments sort after theirs.
func (o *Outbox) clearMirror() {
	o.lastTime = min(max(o.now, o.lastTime)+1, keyTimeLimit-1)
	o.clearedBelow = o.config.Prefix + string(appendBase36(nil, o.lastTime, timeDigits))
	o.isAdopting = true
	o.ports.Recall(o.config.Prefix)
}

// isCleared reports whether a copy is older than the last Clear.
func (o *Outbox) isCleared(key string) bool { return key < o.clearedBelow }
