package outbox

import "github.com/throughline/throughline/identity/jsontext"

// messages returns the messages of a segment. What is damaged in storage is rescued message by message, once: the good ones are
// stored under a new key, the rest is counted. It returns nothing, and forgets the segment, when storage has lost it.
// The slice is good until the next call.
func (o *Outbox) messages(s *segment) []string {
	text, ok := o.read(s)
	if !ok {
		o.vanished(s)
		return nil
	}
	lines := split(o.lines[:0], text)
	o.lines = lines
	if len(text) == s.bytes && len(lines) == s.count && whole(s, lines) {
		return lines
	}
	return o.rescue(s, lines)
}

// whole reports whether all messages are as they were written. At what this page wrote itself it looks but briefly: what damage it
// overlooks is refused by the collector and set aside.
func whole(s *segment, lines []string) bool {
	for _, line := range lines {
		if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' || s.foreign && !jsontext.Valid(line) {
			return false
		}
	}
	return true
}

func (o *Outbox) rescue(s *segment, lines []string) []string {
	good := lines[:0]
	bytes := 0
	for _, line := range lines {
		if len(line) > 0 && line[0] == '{' && jsontext.Valid(line) {
			good = append(good, line)
			bytes += len(line) + 1
		}
	}
	o.dropped(Drops{Damaged: max(s.count, len(lines)) - len(good)})
	o.discard(s)
	if len(good) == 0 {
		return nil
	}
	text := join(good, bytes)
	order := s.key[len(o.config.Prefix) : len(o.config.Prefix)+orderDigits]
	urgent := s.urgent
	if len(good) > 1 {
		urgent = ""
	}
	s.key = o.segmentKey(order, len(good), len(text), urgent)
	s.count, s.bytes, s.urgent, s.done, s.copied = len(good), len(text), urgent, 0, false
	o.store(s, text)
	o.insert(s)
	return good
}

// vanished forgets a segment that is no longer in storage. Another tab delivered it, or the page emptied localStorage: then the
// mirror still has it, if it was old enough, for whoever delivers drops the copy too.
func (o *Outbox) vanished(s *segment) {
	o.take(s)
	if s.copied && o.now-o.recalled >= recallPauseMS {
		o.recalled = o.now
		o.adopting = true
		o.ports.Recall(o.config.Prefix)
	}
}

func split(lines []string, text string) []string {
	start := 0
	for i := range len(text) {
		if text[i] == '\n' {
			lines = append(lines, text[start:i])
			start = i + 1
		}
	}
	return append(lines, text[start:])
}
