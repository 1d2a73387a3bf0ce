package identity

// Identify says who the visitor is. Where the id is the alias that this device made, the distinct_id stays, for the alias already leads
// to it; otherwise the id becomes the distinct_id, and the alias is forgotten. `$identify` is sent only when something changed; while opted
// out it waits for OptIn.
//
// Warns: BadID, SwitchWithoutReset, IdentifyResembles, IdentifyWithoutAlias (with Debug).
func (v *Visitor) Identify(at Call, id Value) Outcome {
	var o Outcome
	name, ok := parseIDArgument(&o, "identify", id)
	if ok && hasPrefix(name, DevicePrefix) && name != v.record.DistinctID {
		o.warn(BadID, "identify", name, "is a device id, which names no person")
		ok = false
	}
	if !ok {
		return o
	}
	r := &v.record
	switch {
	case name == r.UserID || name == r.DistinctID:
		return o
	case name == r.Alias:
		r.UserID = name
		v.identityChanged(at)
		v.sendIdentify(&o, at, r.DistinctID)
		return o
	}
	v.warnBeforeSwitch(&o, name)
	before := r.DistinctID
	v.switchIdentity(at, name)
	v.sendIdentify(&o, at, before)
	return o
}

// doubt warns where a switch of identity is probably not meant.
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

func (v *Visitor) switchIdentity(at Call, id string) {
	r := &v.record
	r.DistinctID, r.UserID = id, id
	r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = "", AliasNone, "", 0
	v.identityChanged(at)
}

// identityChanged notes a change of identity, which also ends a streak of resets: somebody logged in.
func (v *Visitor) identityChanged(at Call) {
	r := &v.record
	r.IdentityChangedMS = max(r.IdentityChangedMS+1, at.TimeMS) // A clock that jumped back must not let an older identity win.
	r.endResetStreak()
	v.recordChanged()
}

// tellIdentify says that the visitor, who was before, has the user id, or holds that back while opted out. Where the login before this one
// was held back too, nobody is to hear of it: this one follows what was told last.
func (v *Visitor) sendIdentify(o *Outcome, at Call, before string) {
	r := &v.record
	if v.isHeld(r.IdentifyInsertID) {
		before = r.IdentifyAnonID
		r.Held.Delete(r.IdentifyInsertID)
	}
	if before == r.UserID {
		r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = "", "", 0
		return
	}
	r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = before, at.InsertID, at.TimeMS
	if r.OptedOut {
		r.IdentifyTimeMS = 0
		r.Held.Set(r.IdentifyInsertID, "true")
		return
	}
	o.Messages = append(o.Messages, v.identifyMessage())
}

func (v *Visitor) identifyMessage() Message {
	r := &v.record
	var mine callProperties
	mine.set("$anon_distinct_id", string(String(r.IdentifyAnonID)))
	return v.buildMessage(Call{TimeMS: r.IdentifyTimeMS, InsertID: r.IdentifyInsertID}, identifyEvent, r.UserID, mine)
}
