package tracker

import "github.com/throughline/throughline/identity"

// Values of Facts.Consent, from js/src/record.ts.
const (
	doNotTrack = "dnt" // the browser asks not to be tracked
	consentOut = "out" // the visitor opted out in mixpanel-browser, or the site asks for consent first
)

// withConsent applies Facts.Consent to a record whose visitor has told this library nothing. A browser that asks not to be tracked counts also
// after an opt-in, as in mixpanel-browser. What is applied is not stored: it may be otherwise when the next page opens.
func (t *Tracker) withConsent(record identity.Record) identity.Record {
	if t.facts.Consent == doNotTrack && !record.OptedOut {
		record.OptChangedMS = 0
	}
	if record.OptChangedMS == 0 {
		record.OptedOut = t.facts.Consent == doNotTrack || t.facts.Consent == consentOut
	}
	return record
}

// clearOutboxes deletes the messages that wait, because the visitor has opted out.
func (t *Tracker) clearOutboxes(now int64) {
	for _, o := range t.outboxes {
		o.Clear(now, t.visitor.HandleDeletedMessage)
	}
}

// hasWaiting reports whether messages wait for any endpoint.
func (t *Tracker) hasWaiting() bool {
	for _, o := range t.outboxes {
		if o.Waiting() > 0 {
			return true
		}
	}
	return false
}

// applyConsent applies what the visitor decided in another tab. While they are opted out, it deletes messages that a tab has stored
// which did not know of the decision yet. After they have opted in, it sends the identity that they took on while opted out. It also sends the
// profile updates that waited, if another tab has identified the visitor.
func (t *Tracker) applyConsent(now int64) {
	switch {
	case !t.visitor.OptedOut():
		t.accept(t.visitor.ReleaseHeld(identity.Call{TimeMS: now}))
	case t.hasWaiting():
		t.clearOutboxes(now)
	}
}

// adoptRecord replaces the visitor's record by one that was merged with the changes of another tab or of handed-over calls.
func (t *Tracker) adoptRecord(record identity.Record, now int64) {
	recorded := !t.visitor.OptedOut()
	t.visitor.ReplaceRecord(t.withConsent(record))
	if recorded && t.visitor.OptedOut() {
		t.clearOutboxes(now)
	}
}
