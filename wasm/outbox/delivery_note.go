package outbox

// When a segment of this page is no longer in storage, another tab has delivered it, or the page has emptied localStorage, or a script
// has replaced a function of Storage. Only in the first case it may be forgotten. So a tab that has settled a segment of another page
// writes this down before it removes the segment: in a note under one key for all tabs. The note is removed after noteLifetimeMS. A
// page that did not read it in time, because it was frozen, sends its segment again, and the collector recognises the messages.

// deliveryNote is what this page knows of the note. A note is a list of spans without separators, for all have the same length: the
// nonce of the page that wrote the segments, then the numbers of the first and the last segment. Segments are settled in order, so that
// few spans cover many segments.
type deliveryNote struct {
	note     string // as this page last read or wrote it
	newSpans string // to be added to the note at the end of this entry point
}

const (
	spanBytes      = nonceDigits + 2*numberDigits
	maxSpans       = 64
	noteLifetimeMS = 120_000 // long enough for every open tab to run and read it
)

func (o *Outbox) noteKey() string { return o.config.Prefix + "delivered" }

// origin returns the part of a segment's key that says which page wrote it: the nonce of the page, and the number of the segment.
func (o *Outbox) origin(s *segment) string {
	start := len(o.config.Prefix) + timeDigits
	return s.key[start : start+nonceDigits+numberDigits]
}

// noteDelivery adds a segment of another page to the note.
func (o *Outbox) noteDelivery(s *segment) {
	origin := o.origin(s)
	number := origin[nonceDigits:]
	if last := len(o.newSpans) - spanBytes; last >= 0 && o.newSpans[last:last+nonceDigits] == origin[:nonceDigits] {
		end := last + spanBytes - numberDigits
		before, _ := parseBase36(o.newSpans[end:])
		if n, _ := parseBase36(number); n == before+1 {
			o.newSpans = o.newSpans[:end] + number
			return
		}
	}
	o.newSpans += origin + number
}

// removeSettled writes the note and then removes the settled segments from storage. The order matters: no tab must find a segment gone
// while the note does not name it.
func (o *Outbox) removeSettled() {
	if o.newSpans != "" {
		key := o.noteKey()
		text, _ := o.ports.Get(key)
		text += o.newSpans
		o.newSpans = ""
		text = text[max(len(text)-maxSpans*spanBytes, 0):]
		if o.ports.Set(key, text) == OK { // If it fails, the other tab sends the segment again.
			o.note = text
			o.deadlines[noteExpiryAt] = o.now + noteLifetimeMS
		}
	}
	for _, key := range o.keysToRemove {
		o.ports.Remove(key)
	}
	o.keysToRemove = nil
}

// readNote reads the note and forgets the segments that other tabs have settled.
func (o *Outbox) readNote() {
	note, _ := o.ports.Get(o.noteKey())
	if note == "" || note == o.note {
		return
	}
	o.note = note
	o.dueBy(noteExpiryAt, o.now+noteLifetimeMS) // In case the tab that wrote it closes before it removes it.
	for i := 0; i < len(o.index); {
		if s := o.index[i]; noteContains(note, o.origin(s)) {
			o.discard(s)
		} else {
			i++
		}
	}
}

// noteContains reports whether a note has a span with this origin in it. All numbers have the same length, so that they compare as
// strings.
func noteContains(note, origin string) bool {
	nonce, number := origin[:nonceDigits], origin[nonceDigits:]
	for ; len(note) >= spanBytes; note = note[spanBytes:] {
		last := note[nonceDigits+numberDigits : spanBytes]
		if note[:nonceDigits] == nonce && note[nonceDigits:nonceDigits+numberDigits] <= number && number <= last {
			return true
		}
	}
	return false
}

// removeNote removes the note, unless another tab has changed it since. That tab removes it then.
func (o *Outbox) removeNote() {
	o.deadlines[noteExpiryAt] = 0
	key := o.noteKey()
	if text, _ := o.ports.Get(key); text == o.note {
		o.ports.Remove(key)
	}
}
