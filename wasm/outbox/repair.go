package outbox

import "github.com/throughline/throughline/identity/jsontext"

// readMessages returns the messages of a segment. If its text is damaged in storage, the segment is repaired first. If storage has lost
// it, the segment is forgotten and the result is nil. The slice is valid until the next call.
func (o *Outbox) readMessages(s *segment) []message {
	text, ok := o.read(s)
	if !ok {
		o.forgetMissing(s)
		return nil
	}
	lines := decode(o.buffer[:0], text)
	o.buffer = lines
	if len(lines) == s.count && expandedLen(lines) == s.bytes && isIntact(s, lines) {
		return lines
	}
	return o.repairSegment(s, lines)
}

// isIntact reports whether all messages are as they were written. For segments of this page the check is short, to save time: damage
// that it overlooks is refused by the collector.
func isIntact(s *segment, lines []message) bool {
	for _, m := range lines {
		if !m.isObject() || m.rest[len(m.rest)-1] != '}' || s.foreign && !jsontext.Valid(m.json()) {
			return false
		}
	}
	return true
}

// repairSegment stores the intact messages of a damaged segment under a new key, and counts the others as dropped.
func (o *Outbox) repairSegment(s *segment, lines []message) []message {
	good := lines[:0]
	for _, m := range lines {
		if m.isObject() && jsontext.Valid(m.json()) {
			good = append(good, m)
		}
	}
	o.verifier.Unverify()
	o.countDrops(Drops{Damaged: max(s.count, len(lines)) - len(good)})
	o.discard(s)
	o.removeSettled() // The repaired segment may get the same key.
	if len(good) == 0 {
		return nil
	}
	text, bytes := encode(good), expandedLen(good)
	order := s.key[len(o.config.Prefix) : len(o.config.Prefix)+sortKeyDigits]
	if len(good) > 1 {
		s.urgentID = ""
	}
	mark := s.urgentID
	if s.isCumulative {
		mark = cumulativeMark
	}
	s.key = o.segmentKey(order, len(good), bytes, mark)
	s.count, s.bytes, s.settledCount, s.copied = len(good), bytes, 0, false
	s.text = text
	o.storeSegment(s)
	o.insert(s)
	return good
}

// forgetMissing forgets a segment of another page that is no longer in storage. Either a tab has delivered it, or the page has emptied
// localStorage. In the second case the mirror still has the copy, because a tab that delivers a segment also drops its copy.
func (o *Outbox) forgetMissing(s *segment) {
	o.remove(s)
	o.verifier.Unverify()
	if s.copied && o.now-o.recalledAt >= minRecallIntervalMS {
		o.recalledAt = o.now
		o.isAdopting = true
		o.ports.Recall(o.config.Prefix)
	}
}
