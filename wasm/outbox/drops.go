package outbox

import "github.com/throughline/throughline/identity/jsontext"

// Drops counts, by reason, the messages that will not be delivered.
type Drops struct {
	Overflow int // refused by Append, because too many waited
	Rejected int // refused by the collector
	TooLarge int // refused by the collector because one message alone was too large
	Damaged  int // unreadable in storage
}

var dropReasons = [...]string{"outbox_full", "event_rejected", "too_large", "damaged"}

func (d *Drops) counts() [4]*int { return [...]*int{&d.Overflow, &d.Rejected, &d.TooLarge, &d.Damaged} }

// Total returns the sum of all reasons.
func (d Drops) Total() int { return d.Overflow + d.Rejected + d.TooLarge + d.Damaged }

// AppendJSON appends a JSON object with the counts that are not zero.
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

// Add adds other counts.
func (d *Drops) Add(more Drops) {
	counts := more.counts()
	for i, n := range d.counts() {
		*n += *counts[i]
	}
}

// dropReportIntervalMS limits how often drops are reported, for a collector may refuse every event.
const dropReportIntervalMS = 60_000

// dropCounters is what this page knows of dropped messages. Each page counts under a storage key of its own, so that two tabs cannot
// overwrite each other's counts. The tab that sends reports the counts of all tabs, and adds them to a common count of what was
// reported.
type dropCounters struct {
	unsavedDrops    Drops // not reported, and not yet in storage
	unsavedReported Drops // reported, but not yet in storage
	hasUnreported   bool
	dropsReportedAt int64
}

// Dropped returns how many messages of this visitor were ever dropped in this browser.
func (o *Outbox) Dropped() Drops {
	all := o.unsavedDrops
	all.Add(o.unsavedReported)
	for _, key := range o.ports.Keys(o.reportedDropsKey()) {
		if key == o.reportedDropsKey() || o.isDropsKey(key) {
			all.Add(o.readDrops(key))
		}
	}
	return all
}

func (o *Outbox) countDrops(d Drops) {
	o.unsavedDrops.Add(d)
	o.hasUnreported = true
}

// saveDrops stores the counts of this task.
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
	more.Add(o.readDrops(key))
	if status := o.verifier.Set(o.ports, key, string(more.AppendJSON(nil))); status != OK {
		o.handleRefusal(status)
		return false
	}
	return true
}

func (o *Outbox) readDrops(key string) Drops {
	text, _ := o.ports.Get(key)
	return parseDrops(text)
}

// reportDrops reports what was dropped. It is called when delivery works, because the reporter appends an event with the counts.
func (o *Outbox) reportDrops() {
	if !o.hasUnreported || o.dropsReportedAt != 0 && o.now-o.dropsReportedAt < dropReportIntervalMS {
		return
	}
	o.hasUnreported = false
	all := o.unsavedDrops
	var keys []string
	for _, key := range o.ports.Keys(o.reportedDropsKey()) {
		if o.isDropsKey(key) {
			all.Add(o.readDrops(key))
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
	o.unsavedReported.Add(all)
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

// isDropsEvent reports whether a message is the event that reports drops. If that event were counted when it is rejected, each report
// would cause another.
func isDropsEvent(message string) bool {
	const end = `"event":"$dropped"}`
	return len(message) > len(end) && message[len(message)-len(end):] == end
}
