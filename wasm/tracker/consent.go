package tracker

import "github.com/throughline/throughline/identity"

// clearOutbox deletes the messages that wait, because the visitor has opted out.
func (t *Tracker) clearOutbox(now int64) { t.outbox.Clear(now, t.visitor.HandleDeletedMessage) }

// applyConsent applies what the visitor decided in another tab. While they are opted out, it deletes messages that a tab has stored
// which did not know of the decision yet. After they have opted in, it sends the identity that they took on while opted out.
func (t *Tracker) applyConsent(now int64) {
	switch {
	case !t.visitor.OptedOut():
		t.accept(t.visitor.ReleaseHeld(identity.Call{TimeMS: now}))
	case t.outbox.Waiting() > 0:
		t.clearOutbox(now)
	}
}

// adoptRecord replaces the visitor's record by one that was merged with the changes of another tab or of handed-over calls.
func (t *Tracker) adoptRecord(record identity.Record, now int64) {
	recorded := !t.visitor.OptedOut()
	t.visitor.ReplaceRecord(record)
	if recorded && t.visitor.OptedOut() {
		t.clearOutbox(now)
	}
}
