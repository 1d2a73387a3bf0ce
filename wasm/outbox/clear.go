package outbox

// clearing is what a page knows of the last Clear.
type clearState struct {
	clearedBelow string // copies whose keys sort before this are of before it; "" where there was none
}

// Clear deletes all that waits: of this page, of other tabs and of earlier pages, in storage and in the mirror. A request under way cannot be
// called back, but is not made again, and nobody is told of its answer. Nothing of it is counted as dropped. What is appended afterwards
// waits as usual.
//
// It calls deleted with each message, from its own part on (Message.Rest), or all of one that has no other.
func (o *Outbox) Clear(nowMS int64, deleted func(message string)) {
	o.beginEntry(nowMS)
	o.scan()
	for _, m := range o.pending {
		deleted(m.rest)
	}
	clear(o.pending)
	o.pending, o.pendingBytes, o.hasUrgent, o.hasNewSegments = o.pending[:0], 0, false, false
	o.failFlushes()
	for len(o.inFlight) > 0 {
		o.endRequest(o.inFlight[0])
	}
	for len(o.index) > 0 {
		o.clearSegment(o.index[0], deleted)
	}
	o.suspectCount, o.acceptedMessage, o.refusal = 0, "", refusalCheck{}
	o.deadlines[sendAt], o.deadlines[mirrorAt] = 0, 0
	o.releaseLock()
	o.clearMirror()
	o.endEntry()
}

func (o *Outbox) clearSegment(s *segment, deleted func(message string)) {
	if text, ok := o.read(s); ok {
		for _, m := range decode(o.messageBuffer[:0], text) {
			deleted(m.rest)
		}
	}
	if s.foreign {
		o.noteDelivery(s) // Or its page would take it for lost, and store it again.
	}
	s.foreign = true // There may be a copy, whoever made it.
	o.discardSettled(s)
}

// clearMirror has the copies deleted that no segment in storage stands for, as a killed browser leaves them: when they are recalled. Keys
// that are made from now on sort behind theirs.
func (o *Outbox) clearMirror() {
	o.lastKeyTime = min(max(o.now, o.lastKeyTime)+1, keyTimeLimit-1)
	o.clearedBelow = o.config.Prefix + string(appendBase36(nil, o.lastKeyTime, timeDigits))
	o.adoptionPending = true
	o.ports.Recall(o.config.Prefix)
}

// cleared reports whether a copy is of before the last Clear.
func (o *Outbox) isCleared(key string) bool { return key < o.clearedBelow }
