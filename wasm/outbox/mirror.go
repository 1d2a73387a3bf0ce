package outbox

// When what is not acknowledged is copied. A message is acknowledged a moment after its request went out, so that most are never
// copied: a copy costs the page more than a request.
const (
	mirrorDelayMS         = 1_000
	mirrorInFlightDelayMS = 1_400 // of what an answer is expected for
	mirrorForeignDelayMS  = 5_000 // of another tab's, which copies its own if it lives
	mirrorBatchingMS      = 200   // what is nearly due goes along
	minRecallIntervalMS   = 10_000
	diskWriteMS           = 120_000 // by then, localStorage is on the disk
)

// Entry is a segment as the mirror keeps it.
type Entry struct{ Key, Text string }

// mirror copies the segments that are old enough, or all.
func (o *Outbox) copyDueSegments(all bool) {
	o.deadlines[mirrorAt] = 0
	for _, s := range o.index {
		if s.copied {
			continue
		}
		wait := int64(mirrorDelayMS)
		switch {
		case s.foreign:
			wait = mirrorForeignDelayMS
		case s.request != nil:
			wait = mirrorInFlightDelayMS
		}
		if !all && o.now < s.knownSince+wait-mirrorBatchingMS {
			o.dueBy(mirrorAt, s.knownSince+wait)
			continue
		}
		if text, ok := o.read(s); ok {
			o.copyToMirror(s, text)
		}
	}
}

func (o *Outbox) copyToMirror(s *segment, text string) {
	s.copied = true
	o.ports.Keep(s.key, text)
}

// Adopt takes over what the mirror has and storage lacks, as after a kill of the whole browser. What storage has, or this page
// settled already, is not taken twice.
func (o *Outbox) Adopt(nowMS int64, entries []Entry) {
	o.beginEntry(nowMS)
	for _, e := range entries {
		o.adopt(e)
	}
	o.adoptionPending = false
	o.settledKeys = nil
	o.endEntry()
}

func (o *Outbox) adopt(e Entry) {
	if len(e.Key) < len(o.config.Prefix) || e.Key[:len(o.config.Prefix)] != o.config.Prefix {
		return
	}
	s := o.parseKey(e.Key)
	if s == nil {
		return
	}
	for _, key := range o.settledKeys {
		if key == e.Key {
			o.mirrorKeysToDrop = append(o.mirrorKeysToDrop, e.Key)
			return
		}
	}
	if i, known := o.search(e.Key); known {
		o.index[i].copied = true
		return
	}
	if o.isCleared(e.Key) {
		o.mirrorKeysToDrop = append(o.mirrorKeysToDrop, e.Key)
		return
	}
	s.foreign, s.copied, s.knownSince, s.text = true, true, o.now, e.Text
	o.storeSegment(s)
	o.insertInIndex(s)
	o.sendBy(o.now)
}
