package outbox

// When segments are copied. Most messages are acknowledged soon after they were sent, and a copy costs the page more than a request, so
// only segments that wait for longer are copied.
const (
	mirrorDelayMS         = 1_000
	mirrorInFlightDelayMS = 1_400 // for segments in flight, whose answer is expected
	mirrorForeignDelayMS  = 5_000 // for segments of other tabs, which copy their own while they are open
	mirrorBatchingMS      = 200   // segments that are due within this time are copied together
	minRecallIntervalMS   = 10_000
	diskWriteMS           = 120_000 // by then, the browser has written localStorage to the disk
)

// Entry is a segment in the mirror.
type Entry struct{ Key, Text string }

// copyDue copies the segments whose delay is over, or all segments, to the mirror.
func (o *Outbox) copyDue(all bool) {
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

// Adopt must be called with the copies that Mirror.Recall asked for. Segments that storage does not have are added, as after a crash of
// the browser. Segments that are known, or that this page has settled already, are not added again.
func (o *Outbox) Adopt(nowMS int64, entries []Entry) {
	o.beginEntry(nowMS)
	for _, e := range entries {
		o.adopt(e)
	}
	o.isAdopting = false
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
			o.keysToDrop = append(o.keysToDrop, e.Key)
			return
		}
	}
	if i, known := o.search(e.Key); known {
		o.index[i].copied = true
		return
	}
	if o.isCleared(e.Key) {
		o.keysToDrop = append(o.keysToDrop, e.Key)
		return
	}
	s.foreign, s.copied, s.knownSince, s.text = true, true, o.now, e.Text
	o.storeSegment(s)
	o.insert(s)
	o.sendBy(o.now)
}
