package outbox

// refusals is what the reporter was told once.
type refusals struct {
	full, blocked, overflow, misanswered bool
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
	s := &segment{key: key, count: len(o.pending), bytes: bytes, urgent: urgent, since: o.now}
	clear(o.pending)
	o.pending, o.pendingBytes = o.pending[:0], 0
	o.written = true
	o.insert(s)
	if o.store(s, text) {
		s.kept = text
	} else {
		o.copy(s, text) // The mirror may have room where storage has not.
	}
	if !s.copied {
		o.by(dueMirror, o.now+mirrorMS)
	}
}

// store puts a segment into storage, or keeps its text in memory where storage refuses.
func (o *Outbox) store(s *segment, text string) bool {
	s.text = text
	if o.at[dueStore] > o.now {
		return false
	}
	if err := o.ports.Set(s.key, text); err != nil {
		o.storageFailed(err)
		return false
	}
	s.text = ""
	return true
}

func (o *Outbox) storageFailed(err error) {
	pause, told := int64(fullPauseMS), &o.full
	if err == ErrBlocked {
		pause, told = blockedPauseMS, &o.blocked
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
		if s.text != "" && !o.store(s, s.text) {
			return
		}
	}
}

// Emptied tells that the page emptied localStorage, as some do at logout. What was stored a moment ago is stored again.
func (o *Outbox) Emptied() {
	for _, s := range o.index {
		if s.kept != "" {
			o.store(s, s.kept)
		}
	}
}

// read returns a segment's text. Where there is none, somebody else delivered it.
func (o *Outbox) read(s *segment) (string, bool) {
	if s.text != "" {
		return s.text, true
	}
	return o.ports.Get(s.key)
}

// discard forgets a segment that is settled.
func (o *Outbox) discard(s *segment) {
	if !o.take(s) {
		return
	}
	o.ports.Remove(s.key) // Also what is in memory here: another tab may have stored the mirror's copy.
	if s.text == "" && o.at[dueStore] != 0 {
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
