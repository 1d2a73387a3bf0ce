package tracker

import "github.com/throughline/throughline/identity"

// Values of Facts.Consent, from js/src/record.ts. In the entry throughline/mixpanel, the page tells of changes by MethodOptOut and MethodOptIn.
const (
	doNotTrack = "dnt" // the browser asks not to be tracked
	consentOut = "out" // the visitor opted out in mixpanel-browser, or the site asks for consent first
	consentIn  = "in"  // the visitor opted in in mixpanel-browser
)

// setConsent applies Facts.Consent to a record whose visitor has told this library nothing. A browser that asks not to be tracked counts also
// after an opt-in, as in mixpanel-browser. In the entry throughline/mixpanel, what the visitor told is in Facts.Consent only. What is applied is
// not stored: it may be otherwise when the next page opens.
func (t *Tracker) setConsent(record *identity.Record) {
	switch {
	case t.config.Mixpanel:
		record.UndecidedMS = max(record.UndecidedMS, record.OptChangedMS)
		record.OptChangedMS = 0
	case t.facts.Consent == doNotTrack && !record.OptedOut:
		record.OptChangedMS = 0
	}
	if record.OptChangedMS == 0 {
		record.OptedOut = t.facts.Consent == doNotTrack || t.facts.Consent == consentOut
	}
}

// hasOptedIn reports whether the visitor has opted in, here or in mixpanel-browser.
func (t *Tracker) hasOptedIn() bool {
	record := t.visitor.Record()
	return !record.OptedOut && (record.OptChangedMS != 0 || t.facts.Consent == consentIn)
}

func (t *Tracker) optOut(v *identity.Visitor, call identity.Call, options identity.Value) identity.Outcome {
	wasOptedOut := v.OptedOut()
	outcome := v.OptOut(call, options)
	t.consentTold(call, consentOut)
	if v.OptedOut() {
		if raw := memberOf(string(options), "clear_persistence"); raw != "" { // Later calls of the page may repeat the opt-out without it.
			t.mixpanel.isKept = raw == "false"
		}
		t.clearOutboxes(max(t.now, call.TimeMS))
		t.changePersistence(call, options, wasOptedOut)
	}
	return outcome
}

func (t *Tracker) optIn(v *identity.Visitor, call identity.Call, options identity.Value) identity.Outcome {
	if t.facts.Consent == doNotTrack && !t.config.Mixpanel {
		t.warnOf(identity.DoNotTrack, "opt_in_tracking")
		return identity.Outcome{}
	}
	t.consentTold(call, consentIn)
	t.changePersistence(call, options, false)
	return t.callsVisitor().OptIn(call, options)
}

// clearConsent forgets what the visitor decided. Then what is known from elsewhere counts again.
func (t *Tracker) clearConsent(call identity.Call) {
	t.callsVisitor().ClearConsent(call)
	t.adoptRecord(t.visitor.Record(), call.TimeMS)
	t.applyConsent(call.TimeMS)
}

// consentTold notes what the page of the entry throughline/mixpanel told. A call of an earlier page does not say what is true now: the flag may have
// changed since, and Open has got its value.
func (t *Tracker) consentTold(call identity.Call, consent string) {
	if t.config.Mixpanel && t.isOfThisPage(call) {
		t.facts.Consent = consent
	}
}

func (t *Tracker) isOfThisPage(call identity.Call) bool {
	id := t.facts.PageID
	return len(call.InsertID) > len(id) && call.InsertID[:len(id)] == id
}

// changePersistence obeys Mixpanel's options clear_persistence and enable_persistence. After clear_persistence nothing of the visitor is stored, but
// in the entry throughline/mixpanel the page goes on with them, as with mixpanel-browser, until enable_persistence stores them again. A login while
// opted out is stored all the same (callStored).
func (t *Tracker) changePersistence(call identity.Call, options identity.Value, keepHeld bool) {
	switch {
	case t.past.visitor != nil || t.config.Mixpanel && !t.isOfThisPage(call): // When the page opened, it applied the flag to what is stored.
	case isTrue(options, "clear_persistence"):
		if t.config.Mixpanel && t.unstored == nil {
			t.unstored = t.newVisitor(t.visitor.Record())
		}
		t.visitor.Forget(call, t.newDeviceID(), keepHeld)
		t.pageRevision = 0
	case isTrue(options, "enable_persistence") && t.unstored != nil:
		record, stored := t.unstored.Record(), t.visitor.Record()
		record.Epoch = stored.Epoch + 1 // All tabs must go on with this visitor.
		record.UndecidedMS = max(record.UndecidedMS, stored.UndecidedMS)
		t.unstored = nil
		t.visitor.ReplaceRecord(record)
		t.pageRevision = 0
	}
}

func isTrue(options identity.Value, name string) bool {
	return options != "" && hasMember(string(options), name)
}

// shownVisitor returns the visitor that this page has, which may be stored no more.
func (t *Tracker) shownVisitor() *identity.Visitor {
	if t.unstored != nil {
		return t.unstored
	}
	return t.visitor
}

// callStored makes a call that says who the visitor is also for the stored visitor, so that a login while opted out holds when the visitor opts in on a
// later page. What it would send is held back.
func (t *Tracker) callStored(method Method, call identity.Call, first, second identity.Value) {
	switch method {
	case MethodAlias:
		t.visitor.Alias(call, first, second)
	case MethodIdentify:
		t.visitor.Identify(call, first)
	case MethodOptOut:
		t.visitor.OptOut(call)
	case MethodOptIn:
		t.visitor.OptIn(call)
	}
}

// isFlagOut reports whether the flag of mixpanel-browser says that the visitor has opted out. The page tells so at its next call, or when the browser
// tells it of the change; before that, nothing may be sent either.
func (t *Tracker) isFlagOut() bool {
	if !t.config.Mixpanel {
		return false
	}
	name := t.config.ConsentPrefix
	if name == "" {
		name = "__mp_opt_in_out_"
	}
	name += t.facts.Token
	if t.config.ConsentInCookie {
		return t.ports.Cookie(name) == "0"
	}
	flag, _ := t.ports.Get(name)
	return flag == "0"
}

// clearOutboxes deletes the messages that wait, because the visitor has opted out, except deletions of their profile.
func (t *Tracker) clearOutboxes(now int64) {
	for _, o := range t.outboxes[:identity.DeletionEndpoint] {
		o.Clear(now, t.visitor.HandleDeletedMessage)
	}
}

// hasWaiting reports whether messages wait that clearOutboxes deletes.
func (t *Tracker) hasWaiting() bool {
	for _, o := range t.outboxes[:identity.DeletionEndpoint] {
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
	case !t.visitor.OptedOut() && !t.isFlagOut():
		t.accept(t.visitor.ReleaseHeld(identity.Call{TimeMS: now}))
	case t.hasWaiting():
		t.clearOutboxes(now)
	}
}

// adoptRecord replaces the visitor's record by one that was merged with the changes of another tab or of handed-over calls.
func (t *Tracker) adoptRecord(record *identity.Record, now int64) {
	recorded, epoch := !t.visitor.OptedOut(), t.visitor.Record().Epoch
	t.setConsent(record)
	t.visitor.ReplaceRecord(record)
	if recorded && t.visitor.OptedOut() {
		t.clearOutboxes(now)
	}
	if record.Epoch != epoch {
		t.unstored = nil // Another tab has gone on with its visitor, or has reset.
	}
}
