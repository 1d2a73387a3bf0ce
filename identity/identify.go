package identity

// Identify is called at login, with the id of the account. If the id is the alias that this device created, the distinct_id stays, because
// the alias resolves to it. Any other id becomes the distinct_id, and the device's alias is forgotten. It sends `$identify` if the
// visitor was not known by this id yet; while the visitor has opted out, OptIn sends it. Then it sends the profile updates that waited.
//
// The visitor's own distinct_id changes nothing, but profile updates of an anonymous visitor do not wait any more, as in mixpanel-browser.
//
// Warnings: BadID (then nothing changes), SwitchWithoutReset, IdentifyResemblesAlias, and with Config.Debug IdentifyWithoutAlias. Source:
// Mixpanel's identify, in the legacy identity model.
func (v *Visitor) Identify(call Call, id Value) Outcome {
	var o Outcome
	userID, ok := parseIDArgument(&o, "identify", id)
	if ok && hasPrefix(userID, DevicePrefix) && userID != v.record.DistinctID {
		o.warn(BadID, "identify", userID, "is a device id, which names no person")
		ok = false
	}
	if !ok {
		return o
	}
	v.isIdentifyCalled = true
	r := &v.record
	switch {
	case userID == r.UserID:
	case userID == r.DistinctID:
		if !r.isIdentified() {
			r.IdentifiedMS = call.TimeMS
			v.revision++
		}
	case userID == r.Alias:
		r.UserID = userID
		v.identityChanged(call)
		v.note(historyIdentify, userID, call)
		v.sendIdentify(&o, call, r.DistinctID)
	default:
		v.warnBeforeSwitch(&o, userID)
		previous := r.DistinctID
		v.switchIdentity(call, userID)
		v.note(historyIdentify, userID, call)
		v.sendIdentify(&o, call, previous)
	}
	v.releaseUpdates(&o)
	return o
}

// warnBeforeSwitch adds a warning if the call probably should not change the distinct_id.
func (v *Visitor) warnBeforeSwitch(o *Outcome, id string) {
	r := &v.record
	if r.Alias != "" {
		if _, ok := SuggestName(id, []string{r.Alias}); ok {
			o.warn(IdentifyResemblesAlias, id, r.Alias, r.Alias)
			return
		}
	}
	switch {
	case r.UserID != "":
		o.warn(SwitchWithoutReset, id, r.UserID)
	case r.Alias == "" && v.config.Debug:
		o.warn(IdentifyWithoutAlias, id, r.DistinctID)
	}
}

// switchIdentity makes id the distinct_id and the user id, and forgets the alias.
func (v *Visitor) switchIdentity(call Call, id string) {
	r := &v.record
	r.DistinctID, r.UserID = id, id
	r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = "", AliasNone, "", 0
	v.identityChanged(call)
}

// identityChanged must follow every change of the distinct_id, the user id or the alias. It ends a streak of resets, because a visitor
// logged in.
func (v *Visitor) identityChanged(call Call) {
	r := &v.record
	r.IdentityChangedMS = max(r.IdentityChangedMS+1, call.TimeMS) // If the clock was set back, this change must still win over earlier ones.
	r.endResetStreak()
	v.recordChanged()
}

// sendIdentify sends `$identify` for a visitor whose distinct_id was previous, or holds it back while the visitor has opted out. If the
// `$identify` of the previous login is still held back, it is dropped, and the new one continues from the last distinct_id that was sent.
func (v *Visitor) sendIdentify(o *Outcome, call Call, previous string) {
	r := &v.record
	if v.isHeld(r.IdentifyInsertID) {
		previous = r.IdentifyAnonID
		r.Held.Delete(r.IdentifyInsertID)
	}
	if previous == r.UserID {
		r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = "", "", 0
		return
	}
	r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = previous, call.InsertID, call.TimeMS
	if r.OptedOut {
		r.IdentifyTimeMS = 0
		r.Held.Set(r.IdentifyInsertID, "true")
		return
	}
	v.sendStoredIdentify(o)
}

// sendStoredIdentify sends the `$identify` that the record describes.
func (v *Visitor) sendStoredIdentify(o *Outcome) {
	r := &v.record
	var own callProperties
	own.set("$anon_distinct_id", string(String(r.IdentifyAnonID)))
	v.buildMessage(o, Call{TimeMS: r.IdentifyTimeMS, InsertID: r.IdentifyInsertID}, identifyEvent, r.UserID, &own)
}
