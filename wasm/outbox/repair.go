package outbox

import "github.com/throughline/throughline/identity/jsontext"

// messages returns the messages of a segment. What is damaged in storage is rescued message by message, once: the good ones are
// stored under a new key, the rest is counted. It returns nothing, and forgets the segment, when storage has lost it.
// The slice is good until the next call.
func (o *Outbox) readMessages(s *segment) []message {
	text, ok := o.read(s)
	if !ok {
		o.forgetMissing(s)
		return nil
	}
	lines := decode(o.messageBuffer[:0], text)
	o.messageBuffer = lines
	if len(lines) == s.count && expandedLen(lines) == s.bytes && isIntact(s, lines) {
		return lines
	}
	return o.repairSegment(s, lines)
}

// whole reports whether all messages are as they were written. At what this page wrote itself it looks but briefly: what damage it
// overlooks is refused by the collector and set aside.
func isIntact(s *segment, lines []message) bool {
	for _, m := range lines {
		if !m.looksLikeObject() || m.rest[len(m.rest)-1] != '}' || s.foreign && !jsontext.Valid(m.json()) {
			return false
		}
	}
	return true
}

func (o *Outbox) repairSegment(s *segment, lines []message) []message {
	good := lines[:0]
	for _, m := range lines {
		if m.looksLikeObject() && jsontext.Valid(m.json()) {
			good = append(good, m)
		}
	}
	o.verifier.Unverify()
	o.countDrops(Drops{Damaged: max(s.count, len(lines)) - len(good)})
	o.discardSettled(s)
	o.removeSettled() // The rescued ones may get the very same key.
	if len(good) == 0 {
		return nil
	}
	text, bytes := encode(good), expandedLen(good)
	order := s.key[len(o.config.Prefix) : len(o.config.Prefix)+sortKeyDigits]
	urgent := s.urgentID
	if len(good) > 1 {
		urgent = ""
	}
	s.key = o.segmentKey(order, len(good), bytes, urgent)
	s.count, s.bytes, s.urgentID, s.settledCount, s.copied = len(good), bytes, urgent, 0, false
	s.text = text
	o.storeSegment(s)
	o.insertInIndex(s)
	return good
}

// vanished forgets a segment of another page that is no longer in storage. Its page or a third one delivered it, or the page emptied
// localStorage: then the mirror still has it, if it was old enough, for whoever delivers drops the copy too.
func (o *Outbox) forgetMissing(s *segment) {
	o.removeFromIndex(s)
	o.verifier.Unverify()
	if s.copied && o.now-o.recalledAt >= minRecallIntervalMS {
		o.recalledAt = o.now
		o.adoptionPending = true
		o.ports.Recall(o.config.Prefix)
	}
}
