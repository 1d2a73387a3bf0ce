package tracker

import "github.com/throughline/throughline/identity"

// clear deletes what waits to be sent, now that the visitor has opted out.
func (t *Tracker) clearOutbox(now int64) { t.outbox.Clear(now, t.visitor.Deleted) }

// heed follows what the visitor decided in another tab. While opted out, what a tab stored that did not know of it yet is deleted before it
// is sent; and who opted in is told of as whoever they have become.
func (t *Tracker) applyConsent(now int64) {
	switch {
	case !t.visitor.OptedOut():
		t.accept(t.visitor.TellHeld(identity.Stamp{TimeMS: now}))
	case t.outbox.Waiting() > 0:
		t.clearOutbox(now)
	}
}

// adopt makes a record the visitor's that another tab, or another page's calls, had a part in.
func (t *Tracker) adoptRecord(record identity.Record, now int64) {
	recorded := !t.visitor.OptedOut()
	t.visitor.Adopt(record)
	if recorded && t.visitor.OptedOut() {
		t.clearOutbox(now)
	}
}
