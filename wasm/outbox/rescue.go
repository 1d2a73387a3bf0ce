package outbox

import "github.com/throughline/throughline/identity/jsontext"

// messages returns the messages of a segment. What is damaged in storage is rescued message by message, once: the good ones are
// stored under a new key, the rest is counted. It returns nothing, and forgets the segment, when storage has lost it.
// The slice is good until the next call.
func (o *Outbox) messages(s *segment) []message {
	text, ok := o.read(s)
	if !ok {
		o.vanished(s)
		return nil
	}
	lines := decode(o.lines[:0], text)
	o.lines = lines
	if len(lines) == s.count && expanded(lines) == s.bytes && whole(s, lines) {
		return lines
	}
	return o.rescue(s, lines)
}

// whole reports whether all messages are as they were written. At what this page wrote itself it looks but briefly: what damage it
// overlooks is refused by the collector and set aside.
func whole(s *segment, lines []message) bool {
	for _, m := range lines {
		if !m.object() || m.rest[len(m.rest)-1] != '}' || s.foreign && !jsontext.Valid(m.json()) {
			return false
		}
	}
	return true
}

func (o *Outbox) rescue(s *segment, lines []message) []message {
	good := lines[:0]
	for _, m := range lines {
		if m.object() && jsontext.Valid(m.json()) {
			good = append(good, m)
		}
	}
	o.proof.Doubt()
	o.dropped(Drops{Damaged: max(s.count, len(lines)) - len(good)})
	o.discard(s)
	o.sweep() // The rescued ones may get the very same key.
	if len(good) == 0 {
		return nil
	}
	text, bytes := encode(good), expanded(good)
	order := s.key[len(o.config.Prefix) : len(o.config.Prefix)+orderDigits]
	urgent := s.urgent
	if len(good) > 1 {
		urgent = ""
	}
	s.key = o.segmentKey(order, len(good), bytes, urgent)
	s.count, s.bytes, s.urgent, s.done, s.copied = len(good), bytes, urgent, 0, false
	s.text = text
	o.store(s)
	o.insert(s)
	return good
}

// vanished forgets a segment of another page that is no longer in storage. Its page or a third one delivered it, or the page emptied
// localStorage: then the mirror still has it, if it was old enough, for whoever delivers drops the copy too.
func (o *Outbox) vanished(s *segment) {
	o.take(s)
	o.proof.Doubt()
	if s.copied && o.now-o.recalled >= recallPauseMS {
		o.recalled = o.now
		o.adopting = true
		o.ports.Recall(o.config.Prefix)
	}
}
