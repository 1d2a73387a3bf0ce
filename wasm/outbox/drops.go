package outbox

import "github.com/throughline/throughline/identity/jsontext"

// Drops counts messages that will not be delivered, by reason.
type Drops struct {
	Overflow int // refused, for too many waited
	Rejected int // refused by the collector
	TooLarge int // refused by the collector, alone
	Damaged  int // not to be read in storage
}

var dropReasons = [...]string{"outbox_full", "event_rejected", "too_large", "damaged"}

func (d *Drops) counts() [4]*int { return [...]*int{&d.Overflow, &d.Rejected, &d.TooLarge, &d.Damaged} }

// Total returns the sum.
func (d Drops) Total() int { return d.Overflow + d.Rejected + d.TooLarge + d.Damaged }

// AppendJSON appends an object with the reasons that there are.
func (d Drops) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, n := range d.counts() {
		if *n == 0 {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), dropReasons[i]...), '"', ':')
		dst = jsontext.AppendInt(dst, int64(*n))
	}
	return append(dst, '}')
}

func parseDrops(text string) Drops {
	var d Drops
	_ = jsontext.Object(text, func(name, raw string) bool {
		for i, n := range d.counts() {
			if count, ok := jsontext.ParseInt(raw); ok && name == dropReasons[i] && count > 0 {
				*n = int(count)
			}
		}
		return true
	})
	return d
}

func (d *Drops) add(more Drops) {
	counts := more.counts()
	for i, n := range d.counts() {
		*n += *counts[i]
	}
}

// tellPauseMS keeps a collector that refuses much from being told of each.
const dropReportIntervalMS = 60_000

// drops is what this page knows of dropped messages. Each page counts in a key of its own, so that two never lose each other's
// counts; whoever sends tells the collector of all, and moves them to the sum of what was told.
type dropCounters struct {
	unsavedDrops    Drops // not yet in storage
	unsavedReported Drops // told, but not yet in storage
	hasUnreported   bool  // there is something to tell
	dropsReportedAt int64
}

// Dropped returns what was dropped of this visitor, ever.
func (o *Outbox) Dropped() Drops {
	all := o.unsavedDrops
	all.add(o.unsavedReported)
	for _, key := range o.ports.Keys(o.reportedDropsKey()) {
		if key == o.reportedDropsKey() || o.isDropsKey(key) {
			all.add(o.readDrops(key))
		}
	}
	return all
}

func (o *Outbox) countDrops(d Drops) {
	o.unsavedDrops.add(d)
	o.hasUnreported = true
}

// saveDrops stores the counts of a task.
func (o *Outbox) saveDrops() {
	if o.deadlines[storeRetryAt] > o.now {
		return
	}
	if o.unsavedDrops != (Drops{}) && o.addDrops(o.ownDropsKey(), o.unsavedDrops) {
		o.unsavedDrops = Drops{}
	}
	if o.unsavedReported != (Drops{}) && o.addDrops(o.reportedDropsKey(), o.unsavedReported) {
		o.unsavedReported = Drops{}
	}
}

func (o *Outbox) addDrops(key string, more Drops) bool {
	more.add(o.readDrops(key))
	if err := o.verifier.Set(o.ports, key, string(more.AppendJSON(nil))); err != nil {
		o.handleStorageError(err)
		return false
	}
	return true
}

func (o *Outbox) readDrops(key string) Drops {
	text, _ := o.ports.Get(key)
	return parseDrops(text)
}

// tellDrops tells what was dropped, once delivery works: the reporter appends an event that says so.
func (o *Outbox) reportDrops() {
	if !o.hasUnreported || o.dropsReportedAt != 0 && o.now-o.dropsReportedAt < dropReportIntervalMS {
		return
	}
	o.hasUnreported = false
	all := o.unsavedDrops
	var keys []string
	for _, key := range o.ports.Keys(o.reportedDropsKey()) {
		if o.isDropsKey(key) {
			all.add(o.readDrops(key))
			keys = append(keys, key)
		}
	}
	if all.Total() == 0 {
		return
	}
	o.dropsReportedAt = o.now
	o.reporter.Undelivered(all)
	o.writeSegment("")
	o.unsavedDrops = Drops{}
	o.unsavedReported.add(all)
	for _, key := range keys {
		o.ports.Remove(key)
	}
}

func (o *Outbox) reportedDropsKey() string { return o.config.Prefix + "dropped" }

func (o *Outbox) ownDropsKey() string {
	if o.nonce == "" {
		o.nonce = o.newNonce()
	}
	return o.reportedDropsKey() + "_" + o.nonce
}

func (o *Outbox) isDropsKey(key string) bool {
	start := len(o.config.Prefix) + len("dropped_")
	return len(key) == start+nonceDigits && key[:start] == o.reportedDropsKey()+"_"
}

// tellsDrops reports whether a message is the one that tells of dropped ones: counting it would never end.
func isDropsEvent(message string) bool {
	const end = `"event":"$dropped"}`
	return len(message) > len(end) && message[len(message)-len(end):] == end
}
