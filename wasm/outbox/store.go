package outbox

// reportedOnce holds what the reporter was already told, because each of these is reported once per page.
type reportedOnce struct {
	storageFull, storageBlocked, overflow, misanswer, unreachable bool
}

// How long to wait before storage is tried again after an error. A full storage may have room again at any time. A visitor's decision
// to block storage rarely changes.
const (
	fullRetryMS    = 2_000
	blockedRetryMS = 60_000
)

// writeSegment makes a segment of the pending messages and stores it. urgent is the insert id of the only message, if that is urgent. It returns
// nil if no message is pending.
func (o *Outbox) writeSegment(urgent string) *segment {
	if len(o.pending) == 0 {
		return nil
	}
	if !fitsInKey(urgent) {
		urgent = ""
	}
	mark := urgent
	if o.isCumulative {
		mark = cumulativeMark
	}
	text, bytes := encode(o.pending), o.pendingBytes-1
	key := o.segmentKey(o.newSortKey(), len(o.pending), bytes, mark)
	s := &segment{key: key, count: len(o.pending), bytes: bytes, urgentID: urgent, isCumulative: o.isCumulative, knownSince: o.now, text: text}
	clear(o.pending)
	o.pending, o.pendingBytes = o.pending[:0], 0
	o.hasNewSegments = true
	o.insert(s)
	if !o.storeSegment(s) {
		o.copyToMirror(s, text) // IndexedDB has a quota of its own, far larger than localStorage's.
	}
	if !s.copied {
		o.dueBy(mirrorAt, o.now+mirrorDelayMS)
	}
	return s
}

// storeSegment puts a segment whose text is in memory into storage, and reports whether it is there. It does not try while storage
// refuses, or beyond the limit in quota.go.
func (o *Outbox) storeSegment(s *segment) bool {
	characters := len(s.key) + len(s.text)
	if o.deadlines[storeRetryAt] > o.now || o.storedChars+characters > o.charsLimit {
		return false
	}
	if status := o.verifier.Set(o.ports, s.key, s.text); status != OK {
		o.handleRefusal(status)
		return false
	}
	o.setStoredChars(s, characters)
	if s.foreign {
		s.text = ""
	}
	return true
}

// handleRefusal is called when storage has refused a text.
func (o *Outbox) handleRefusal(why StorageStatus) {
	retryMS, reported := int64(fullRetryMS), &o.reported.storageFull
	if why == Blocked {
		retryMS, reported = blockedRetryMS, &o.reported.storageBlocked
	} else {
		o.reduceStorageUse()
	}
	o.deadlines[storeRetryAt] = o.now + retryMS
	if !*reported {
		*reported = true
		o.reporter.StorageFailed(why)
	}
}

// retryStoring stores the segments that are in memory only, oldest first, until storage refuses one.
func (o *Outbox) retryStoring() {
	o.deadlines[storeRetryAt] = 0
	for _, s := range o.index {
		if s.storedChars == 0 && s.text != "" && !o.storeSegment(s) {
			return
		}
	}
}

// StorageEmptied must be called when the page has emptied localStorage, as some sites do at logout. Segments that wait are stored
// again.
func (o *Outbox) StorageEmptied(nowMS int64) {
	o.beginEntry(nowMS)
	for i := 0; i < len(o.index); {
		if s := o.index[i]; s.storedChars == 0 || !o.handleMissing(s) {
			i++
		}
	}
	o.endEntry()
}

// handleMissing handles a segment that is not listed in storage although it should be. If this page wrote it, it is stored again, which
// also verifies that storage works. If another page wrote it, it is forgotten, and the mirror is asked for a copy. handleMissing
// reports whether the segment is forgotten.
func (o *Outbox) handleMissing(s *segment) bool {
	if _, there := o.ports.Get(s.key); there {
		return false // It is there: a script on the page has replaced the function that lists the keys.
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

// read returns the text of a segment, and whether there is one.
func (o *Outbox) read(s *segment) (string, bool) {
	if s.text != "" {
		return s.text, true
	}
	return o.ports.Get(s.key)
}

// discard removes a settled segment from the index, and later from storage and the mirror. For a segment that another page
// wrote, noteDelivery must be called before (delivery_note.go).
func (o *Outbox) discard(s *segment) {
	stored := s.storedChars > 0
	if !o.remove(s) {
		return
	}
	o.keysToRemove = append(o.keysToRemove, s.key) // Even if it is in memory only: another tab may have stored the mirror's copy.
	if stored && o.deadlines[storeRetryAt] != 0 {
		o.deadlines[storeRetryAt] = o.now // Its space can be used now.
	}
	// Another tab may have copied a segment that waited for long.
	if s.copied || s.foreign || o.now >= s.knownSince+mirrorDelayMS-mirrorBatchingMS {
		o.keysToDrop = append(o.keysToDrop, s.key)
	}
	if o.isAdopting && len(o.settledKeys) < MaxEvents {
		o.settledKeys = append(o.settledKeys, s.key)
	}
}

func (o *Outbox) reportFull() {
	if !o.reported.overflow {
		o.reported.overflow = true
		o.reporter.Full(o.Waiting())
	}
}
