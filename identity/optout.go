package identity

import "github.com/throughline/throughline/identity/jsontext"

// maxHeld is the maximum number of messages that are held back, not counting the visitor's own alias and login.
const maxHeld = 100

// OptOut stops recording until OptIn, also for later visitors of this browser (Reset). The caller must delete the messages that were not
// sent yet, and call HandleDeletedMessage for each. Timers stop, because they would measure what the visitor does while opted out. Profile
// updates that wait are dropped.
//
// options is a JSON object. With delete_user, the visitor's profile is deleted. The message that says so is the outcome's; the caller must not
// delete it at an opt-out.
//
// Source: Mixpanel's opt_out_tracking.
func (v *Visitor) OptOut(call Call, options ...Value) Outcome {
	var o Outcome
	r := &v.record
	if v.isOutdated(call) {
		return o
	}
	if consentOption(options, "delete_user") == "true" {
		v.deleteProfile(&o)
	}
	if r.OptedOut && (r.OptChangedMS != 0 || v.config.ConsentElsewhere) {
		return o
	}
	r.OptedOut = true
	v.consentChanged(call)
	r.Timers = Properties{}
	r.dropDeclined()
	if r.Alias != "" && r.AliasInsertID == "" {
		r.AliasInsertID = call.InsertID // The record was damaged, and holdUnacknowledgedAlias needs an insert id.
	}
	v.holdUnacknowledgedAlias()
	return o
}

// deleteProfile deletes the visitor's profile, if they have one. mixpanel-browser does so only if Identify was called on this page. It also
// empties the list of charges that its older versions kept; but it does so after the deletion, which makes Mixpanel create the profile anew.
func (v *Visitor) deleteProfile(o *Outcome) {
	isKnown := v.record.isIdentified()
	if v.config.ConsentElsewhere {
		isKnown = v.isIdentifyCalled
	}
	if !isKnown {
		return
	}
	if v.config.ConsentElsewhere && !v.record.OptedOut {
		var charges Properties
		charges.Set("$transactions", "[]")
		v.updatePerson(o, opSet, &charges, true)
	}
	v.updatePerson(o, opDelete, nil, true)
	for i := range o.Messages {
		o.Messages[i].Endpoint = DeletionEndpoint
	}
	o.Answer = ""
}

// consentChanged must follow every change of Record.OptedOut by the visitor. If the clock was set back, this change must still win over earlier
// ones.
func (v *Visitor) consentChanged(call Call) {
	r := &v.record
	now := max(r.OptChangedMS+1, r.UndecidedMS+1, call.TimeMS)
	if v.config.ConsentElsewhere {
		r.OptChangedMS, r.UndecidedMS = 0, now
	} else {
		r.OptChangedMS = now
	}
	v.recordChanged()
}

// consentOption returns an option of OptOut or OptIn as raw JSON, or "".
func consentOption(options []Value, name string) Value {
	if len(options) == 0 || options[0] == "" {
		return ""
	}
	var all Properties
	_ = all.parse(string(options[0]))
	raw, _ := all.Get(name)
	if raw == "null" {
		return ""
	}
	return Value(raw)
}

// holdUnacknowledgedAlias holds back the visitor's own alias while opted out, unless the collector is known to have it.
func (v *Visitor) holdUnacknowledgedAlias() {
	if r := &v.record; r.OptedOut && r.AliasState == AliasSent {
		r.Held.Set(r.AliasInsertID, "true")
	}
}

// OptIn starts recording again. It sends the messages that were held back while the visitor had opted out, as ReleaseHeld does.
//
// options is a JSON object. With track_event_name, an event of that name with track_properties is recorded after them.
//
// Source: Mixpanel's opt_in_tracking; sending what was held back is ours.
func (v *Visitor) OptIn(call Call, options ...Value) Outcome {
	var o Outcome
	r := &v.record
	if v.isOutdated(call) {
		return o
	}
	if r.OptedOut || r.OptChangedMS == 0 && !v.config.ConsentElsewhere {
		r.OptedOut = false
		v.consentChanged(call)
		v.setInitialReferrer()
		o = v.ReleaseHeld(call)
	}
	if event := consentOption(options, "track_event_name"); event != "" {
		v.track(&o, call, "opt_in_tracking", event, consentOption(options, "track_properties"), "")
	}
	return o
}

// ClearConsent forgets whether the visitor opted out or in, in all tabs. The caller must then apply what is known of it from elsewhere, and call
// ReleaseHeld if that is no opt-out.
//
// Source: Mixpanel's clear_opt_in_out_tracking.
func (v *Visitor) ClearConsent(call Call) {
	if r := &v.record; !v.isOutdated(call) {
		r.UndecidedMS = max(r.OptChangedMS+1, r.UndecidedMS+1, call.TimeMS)
		r.OptedOut, r.OptChangedMS = r.validConsent(r.UndecidedMS)
		v.recordChanged()
	}
}

// isOutdated reports whether an earlier page made this call before the visitor last opted out or in, or that was cleared. Such a call was stored when the page
// was killed, and it must not record what the visitor has declined since. Calls of this page are never outdated, even if the browser's
// clock was set back.
func (v *Visitor) isOutdated(call Call) bool {
	return call.TimeMS < max(v.record.OptChangedMS, v.record.UndecidedMS) && !hasPrefix(call.InsertID, v.config.PageID)
}

// HandleDeletedMessage must be called when a message was deleted before it was delivered, because the visitor opted out. message is its
// JSON, or the end of it (Message.Rest). If it is the `$identify` of the current login, it is held back, and OptIn sends it again.
func (v *Visitor) HandleDeletedMessage(message string) {
	r := &v.record
	member := `"$insert_id":"` + r.IdentifyInsertID + `"`
	isIdentify := r.IdentifyInsertID != "" && hasSuffix(message, identifyMessageEnd) && indexOfText(message, member) >= 0
	if isIdentify && !v.isHeld(r.IdentifyInsertID) {
		r.Held.Set(r.IdentifyInsertID, "true")
		v.revision++
	}
}

// identifyMessageEnd is what the JSON of every `$identify` ends with.
const identifyMessageEnd = `"event":"` + identifyEvent + `"}`

// ReleaseHeld returns the messages that were held back while the visitor had opted out, if they still apply: first aliases, then the
// `$identify` of the current login. OptIn does the same; use ReleaseHeld after another tab opted in. It also returns the profile updates that
// waited, if another tab has identified the visitor.
//
// A message that may have been delivered before keeps its time and insert id, so that the collector recognises it. Other messages get the
// time of the call, because nothing must be recorded for a time at which the visitor had opted out.
func (v *Visitor) ReleaseHeld(call Call) Outcome {
	var o Outcome
	r := &v.record
	if r.OptedOut || r.Held.Len() == 0 {
		v.releaseUpdates(&o)
		return o
	}
	held := r.Held
	r.Held = Properties{}
	v.recordChanged()
	if _, ok := held.Get(r.AliasInsertID); ok && r.AliasState == AliasSent {
		r.AliasTimeMS = timeOrNow(r.AliasTimeMS, call)
		v.sendAlias(&o, Call{TimeMS: r.AliasTimeMS, InsertID: r.AliasInsertID}, r.Alias, r.DistinctID)
	}
	held.Each(func(id, raw string) bool {
		if alias, target, ok := parseHeldAlias(raw); ok && isInsertID(id) {
			v.sendAlias(&o, Call{TimeMS: call.TimeMS, InsertID: id}, alias, target)
		}
		return len(o.Messages) <= maxHeld
	})
	if _, ok := held.Get(r.IdentifyInsertID); ok && r.UserID != "" {
		r.IdentifyTimeMS = timeOrNow(r.IdentifyTimeMS, call)
		v.sendStoredIdentify(&o)
	}
	v.releaseUpdates(&o)
	return o
}

// timeOrNow returns the time at which a message was sent before, or that of the call if it never was.
func timeOrNow(ms int64, call Call) int64 {
	if ms == 0 {
		return call.TimeMS
	}
	return ms
}

// isHeld reports whether the message with this insert id is held back.
func (v *Visitor) isHeld(insertID string) bool {
	_, ok := v.record.Held.Get(insertID)
	return ok
}

// holdAliasMessage holds back a `$create_alias` until OptIn. If target is not the visitor's distinct_id, Record.Held is the only field
// that has the alias and the target.
func (v *Visitor) holdAliasMessage(o *Outcome, call Call, alias, target string) {
	r := &v.record
	if target == r.DistinctID {
		r.AliasTimeMS = 0
		r.Held.Set(r.AliasInsertID, "true")
		return
	}
	if r.Held.Len() >= maxHeld {
		o.warn(OptedOut, "alias")
		return
	}
	pair := jsontext.AppendQuote([]byte{'['}, alias)
	pair = jsontext.AppendQuote(append(pair, ','), target)
	r.Held.Set(call.InsertID, jsontext.UnsafeString(append(pair, ']')))
	v.recordChanged()
}

// parseHeldAlias parses what holdAliasMessage stored. ok is false for anything else.
func parseHeldAlias(raw string) (alias, target string, ok bool) {
	var pair []string
	_ = jsontext.Array(raw, func(item string) bool {
		id, fault := parseStoredID(item)
		if fault == "" {
			pair = append(pair, id)
		}
		return true
	})
	if len(pair) != 2 {
		return "", "", false
	}
	return pair[0], pair[1], true
}
