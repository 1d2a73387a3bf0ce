package outbox

// refusals is what the reporter was told once, and whether storage is to be believed.
type refusals struct {
	full, blocked, overflow, misanswered, unreached bool
}

// How long storage is left alone after it refused. A quota may be free again any time, a visitor's decision hardly.
const (
	fullPauseMS    = 2_000
	blockedPauseMS = 60_000
)

// write makes the pending messages a segment.
func (o *Outbox) write(urgent string) {
	if len(o.pending) == 0 {
		return
	}
	if !nameable(urgent) {
		urgent = ""
	}
	text, bytes := encode(o.pending), o.pendingBytes-1
	key := o.segmentKey(o.order(), len(o.pending), bytes, urgent)
	s := &segment{key: key, count: len(o.pending), bytes: bytes, urgent: urgent, since: o.now, text: text}
	clear(o.pending)
	o.pending, o.pendingBytes = o.pending[:0], 0
	o.written = true
	o.insert(s)
	if !o.store(s) {
		o.copy(s, text) // The mirror may have room where storage has not.
	}
	if !s.copied {
		o.by(dueMirror, o.now+mirrorMS)
	}
}

// store puts a segment, whose text is in memory, into storage too, if there is room and storage does not refuse.
func (o *Outbox) store(s *segment) bool {
	characters := len(s.key) + len(s.text)
	if o.at[dueStore] > o.now || o.held+characters > o.share {
		return false
	}
	if err := o.proof.Set(o.ports, s.key, s.text); err != nil {
		o.storageFailed(err)
		return false
	}
	o.holds(s, characters)
	if s.foreign {
		s.text = ""
	}
	return true
}

func (o *Outbox) storageFailed(err error) {
	pause, told := int64(fullPauseMS), &o.full
	if err == ErrBlocked {
		pause, told = blockedPauseMS, &o.blocked
	} else {
		o.giveWay()
	}
	o.at[dueStore] = o.now + pause
	if !*told {
		*told = true
		o.reporter.StorageFailed(err)
	}
}

// storeAgain stores what had to stay in memory, in order, until storage refuses again.
func (o *Outbox) storeAgain() {
	o.at[dueStore] = 0
	for _, s := range o.index {
		if s.held == 0 && s.text != "" && !o.store(s) {
			return
		}
	}
}

// Emptied tells that the page emptied localStorage, as some do at logout. What waits is stored again.
func (o *Outbox) Emptied(nowMS int64) {
	o.enter(nowMS)
	for i := 0; i < len(o.index); {
		if s := o.index[i]; s.held == 0 || !o.missing(s) {
			i++
		}
	}
	o.leaveEntry()
}

// missing deals with a segment that storage seems to have lost. What this page wrote is stored again, and so is proved whether storage
// keeps anything; of another page's the mirror may have a copy. It reports whether the segment is forgotten.
func (o *Outbox) missing(s *segment) bool {
	if _, there := o.ports.Get(s.key); there {
		return false // A function that lists the keys was replaced, and lies.
	}
	if s.foreign {
		o.vanished(s)
		return true
	}
	o.free(s)
	o.proof.Doubt()
	if !o.store(s) {
		o.copy(s, s.text)
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
func (o *Outbox) discard(s *segment) {
	stored := s.held > 0
	if !o.take(s) {
		return
	}
	o.gone = append(o.gone, s.key) // Also what is in memory here: another tab may have stored the mirror's copy.
	if stored && o.at[dueStore] != 0 {
		o.at[dueStore] = o.now // There is room now.
	}
	// Another tab may have copied what waited for long.
	if s.copied || s.foreign || o.now >= s.since+mirrorMS-mirrorSlackMS {
		o.forget = append(o.forget, s.key)
	}
	if o.adopting && len(o.settled) < MaxEvents {
		o.settled = append(o.settled, s.key)
	}
}

func (o *Outbox) overflowed() {
	if !o.overflow {
		o.overflow = true
		o.reporter.Full(o.Waiting())
	}
}
