package outbox

// A segment that is no longer in storage may have been delivered by another tab, or the page emptied localStorage, or a script on the
// page replaced a function of Storage. Only the first is a reason to forget it. So whoever settles a segment that another page wrote
// says so in storage, in a note under one key for all tabs, before removing the segment. The note is removed after a while: a page that
// missed it, because it was frozen, sends again what it wrote, and the collector recognises it.

// evidence is what this page knows of the note. It is made of spans: the nonce of the page that wrote the segments, then the number of
// the first and of the last. Segments settle in order, so that few spans say much; all have the same length, so that nothing separates
// them.
type deliveryNote struct {
	note           string // as this page read or wrote it last
	unwrittenSpans string // spans to be added to it
}

const (
	spanBytes      = nonceDigits + 2*numberDigits
	maxSpans       = 64
	noteLifetimeMS = 120_000 // until a tab that waits has had its turn, and looked
)

func (o *Outbox) noteKey() string { return o.config.Prefix + "delivered" }

// writer returns the nonce of the page that wrote a segment, followed by the segment's number.
func (o *Outbox) origin(s *segment) string {
	start := len(o.config.Prefix) + timeDigits
	return s.key[start : start+nonceDigits+numberDigits]
}

// settledForeign notes that a segment of another page is settled.
func (o *Outbox) noteDelivery(s *segment) {
	origin := o.origin(s)
	number := origin[nonceDigits:]
	if last := len(o.unwrittenSpans) - spanBytes; last >= 0 && o.unwrittenSpans[last:last+nonceDigits] == origin[:nonceDigits] {
		end := last + spanBytes - numberDigits
		before, _ := parseBase36(o.unwrittenSpans[end:])
		if n, _ := parseBase36(number); n == before+1 {
			o.unwrittenSpans = o.unwrittenSpans[:end] + number
			return
		}
	}
	o.unwrittenSpans += origin + number
}

// sweep writes the note, and then removes what is settled from storage: in this order, so that no tab sees a segment gone and no note.
func (o *Outbox) removeSettled() {
	if o.unwrittenSpans != "" {
		key := o.noteKey()
		text, _ := o.ports.Get(key)
		text += o.unwrittenSpans
		o.unwrittenSpans = ""
		text = text[max(len(text)-maxSpans*spanBytes, 0):]
		if o.ports.Set(key, text) == nil { // Else the other tab sends again.
			o.note = text
			o.deadlines[noteExpiryAt] = o.now + noteLifetimeMS
		}
	}
	for _, key := range o.keysToRemove {
		o.ports.Remove(key)
	}
	o.keysToRemove = nil
}

// hear takes over what other tabs noted: the segments that they settled wait no longer.
func (o *Outbox) readNote() {
	note, _ := o.ports.Get(o.noteKey())
	if note == "" || note == o.note {
		return
	}
	o.note = note
	o.dueBy(noteExpiryAt, o.now+noteLifetimeMS) // Its writer may die before it removes it.
	for i := 0; i < len(o.index); {
		if s := o.index[i]; noteContains(note, o.origin(s)) {
			o.discardSettled(s)
		} else {
			i++
		}
	}
}

// settled reports whether a note has a span with this segment in it. Numbers have the same length, so that they compare as texts.
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

// forgetNote removes the note, unless another tab wrote a later one, which that tab removes.
func (o *Outbox) removeNote() {
	o.deadlines[noteExpiryAt] = 0
	key := o.noteKey()
	if text, _ := o.ports.Get(key); text == o.note {
		o.ports.Remove(key)
	}
}
