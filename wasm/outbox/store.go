package outbox

// refusals is what the reporter was told once, and whether storage is to be believed.
type reportedOnce struct {
	storageFullReported, storageBlockedReported, overflowReported, misanswerReported, unreachableReported bool
}

// How long storage is left alone after it refused. A quota may be free again any time, a visitor's decision hardly.
const (
	fullRetryMS    = 2_000
	blockedRetryMS = 60_000
)

// write makes the pending messages a segment.
func (o *Outbox) writeSegment(urgent string) {
	if len(o.pending) == 0 {
		return
	}
	if !fitsInKey(urgent) {
		urgent = ""
	}
	text, bytes := encode(o.pending), o.pendingBytes-1
	key := o.segmentKey(o.newSortKey(), len(o.pending), bytes, urgent)
	s := &segment{key: key, count: len(o.pending), bytes: bytes, urgentID: urgent, knownSince: o.now, text: text}
	clear(o.pending)
	o.pending, o.pendingBytes = o.pending[:0], 0
	o.hasNewSegments = true
	o.insertInIndex(s)
	if !o.storeSegment(s) {
		o.copyToMirror(s, text) // The mirror may have room where storage has not.
	}
	if !s.copied {
		o.dueBy(mirrorAt, o.now+mirrorDelayMS)
	}
}

// store puts a segment, whose text is in memory, into storage too, if there is room and storage does not refuse.
func (o *Outbox) storeSegment(s *segment) bool {
	characters := len(s.key) + len(s.text)
	if o.deadlines[storeRetryAt] > o.now || o.storedChars+characters > o.storedCharsLimit {
		return false
	}
	if err := o.verifier.Set(o.ports, s.key, s.text); err != nil {
		o.handleStorageError(err)
		return false
	}
	o.setStoredChars(s, characters)
	if s.foreign {
		s.text = ""
	}
	return true
}

func (o *Outbox) handleStorageError(err error) {
	retryMS, reported := int64(fullRetryMS), &o.storageFullReported
	if err == ErrBlocked {
		retryMS, reported = blockedRetryMS, &o.storageBlockedReported
	} else {
		o.reduceStorageUse()
	}
	o.deadlines[storeRetryAt] = o.now + retryMS
	if !*reported {
		*reported = true
		o.reporter.StorageFailed(err)
	}
}

// storeAgain stores what had to stay in memory, in order, until storage refuses again.
func (o *Outbox) retryStoring() {
	o.deadlines[storeRetryAt] = 0
	for _, s := range o.index {
		if s.storedChars == 0 && s.text != "" && !o.storeSegment(s) {
			return
		}
	}
}

// Emptied tells that the page emptied localStorage, as some do at logout. What waits is stored again.
func (o *Outbox) StorageEmptied(nowMS int64) {
	o.beginEntry(nowMS)
	for i := 0; i < len(o.index); {
		if s := o.index[i]; s.storedChars == 0 || !o.handleMissing(s) {
			i++
		}
	}
	o.endEntry()
}

// missing deals with a segment that storage seems to have lost. What this page wrote is stored again, and so is proved whether storage
// keeps anything; of another page's the mirror may have a copy. It reports whether the segment is forgotten.
func (o *Outbox) handleMissing(s *segment) bool {
	if _, there := o.ports.Get(s.key); there {
		return false // A function that lists the keys was replaced, and lies.
	}
	if s.foreign {
		o.forgetMissing(s)
		return true
	}
	o.setNotStored(s)
	o.verifier.Unverify()
	if !o.storeSegment(s) {
		o.copyToMirror(s, s.text)
	}
	return false
}

// read returns a segment's text.
func (o *Outbox) read(s *segment) (string, bool) {
	if s.text != "" {
		return s.text, true
	}
	return o.ports.Get(s.key)
}

// discard forgets a segment that is settled. Whoever settled it says so in storage, if another page wrote it (evidence.go).
func (o *Outbox) discardSettled(s *segment) {
	stored := s.storedChars > 0
	if !o.removeFromIndex(s) {
		return
	}
	o.keysToRemove = append(o.keysToRemove, s.key) // Also what is in memory here: another tab may have stored the mirror's copy.
	if stored && o.deadlines[storeRetryAt] != 0 {
		o.deadlines[storeRetryAt] = o.now // There is room now.
	}
	// Another tab may have copied what waited for long.
	if s.copied || s.foreign || o.now >= s.knownSince+mirrorDelayMS-mirrorBatchingMS {
		o.mirrorKeysToDrop = append(o.mirrorKeysToDrop, s.key)
	}
	if o.adoptionPending && len(o.settledKeys) < MaxEvents {
		o.settledKeys = append(o.settledKeys, s.key)
	}
}

func (o *Outbox) reportFull() {
	if !o.overflowReported {
		o.overflowReported = true
		o.reporter.Full(o.Waiting())
	}
}
