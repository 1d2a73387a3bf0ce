package outbox

// When what is not acknowledged is copied. A message is acknowledged a moment after its request went out, so that most are never
// copied: a copy costs the page more than a request.
const (
	mirrorMS       = 1_000
	mirrorFlightMS = 1_400 // of what an answer is expected for
	foreignMS      = 5_000 // of another tab's, which copies its own if it lives
	mirrorSlackMS  = 200   // what is nearly due goes along
	recallPauseMS  = 10_000
	youngMS        = 120_000 // by then, localStorage is on the disk
)

// Entry is a segment as the mirror keeps it.
type Entry struct{ Key, Text string }

// mirror copies the segments that are old enough, or all.
func (o *Outbox) mirror(all bool) {
	o.at[dueMirror] = 0
	for _, s := range o.index {
		if s.copied {
			continue
		}
		wait := int64(mirrorMS)
		switch {
		case s.foreign:
			wait = foreignMS
		case s.flight != nil:
			wait = mirrorFlightMS
		}
		if !all && o.now < s.since+wait-mirrorSlackMS {
			o.by(dueMirror, s.since+wait)
			continue
		}
		if text, ok := o.read(s); ok {
			o.copy(s, text)
		}
	}
}

func (o *Outbox) copy(s *segment, text string) {
	s.copied = true
	o.ports.Keep(s.key, text)
}

// Adopt takes over what the mirror has and storage lacks, as after a kill of the whole browser. What storage has, or this page
// settled already, is not taken twice.
func (o *Outbox) Adopt(nowMS int64, entries []Entry) {
	o.enter(nowMS)
	for _, e := range entries {
		o.adopt(e)
	}
	o.adopting = false
	o.settled = nil
	o.leaveEntry()
}

func (o *Outbox) adopt(e Entry) {
	if len(e.Key) < len(o.config.Prefix) || e.Key[:len(o.config.Prefix)] != o.config.Prefix {
		return
	}
	s := o.parseKey(e.Key)
	if s == nil {
		return
	}
	for _, key := range o.settled {
		if key == e.Key {
			o.forget = append(o.forget, e.Key)
			return
		}
	}
	if i, known := o.place(e.Key); known {
		o.index[i].copied = true
		return
	}
	if o.cleared(e.Key) {
		o.forget = append(o.forget, e.Key)
		return
	}
	s.foreign, s.copied, s.since, s.text = true, true, o.now, e.Text
	o.store(s)
	o.insert(s)
	o.sendBy(o.now)
}
