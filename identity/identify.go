package identity

// Identify says who the visitor is. Where the id is the alias that this device made, the distinct_id stays, for the alias already leads
// to it; otherwise the id becomes the distinct_id, and the alias is forgotten. `$identify` is sent only when something changed; while opted
// out it waits for OptIn.
//
// Warns: BadID, SwitchWithoutReset, IdentifyResembles, IdentifyWithoutAlias (with Debug).
func (v *Visitor) Identify(at Stamp, id Value) Outcome {
	var o Outcome
	name, ok := usable(&o, "identify", id)
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
		v.tellIdentify(&o, at, r.DistinctID)
		return o
	}
	v.doubt(&o, name)
	before := r.DistinctID
	v.switchTo(at, name)
	v.tellIdentify(&o, at, before)
	return o
}

// doubt warns where a switch of identity is probably not meant.
func (v *Visitor) doubt(o *Outcome, id string) {
	r := &v.record
	if r.Alias != "" {
		if _, ok := Resembles(id, []string{r.Alias}); ok {
			o.warn(IdentifyResembles, id, r.Alias, r.Alias)
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

func (v *Visitor) switchTo(at Stamp, id string) {
	r := &v.record
	r.DistinctID, r.UserID = id, id
	r.Alias, r.AliasState, r.AliasID, r.AliasMS = "", AliasNone, "", 0
	v.identityChanged(at)
}

// identityChanged notes a change of identity, which also ends a streak of resets: somebody logged in.
func (v *Visitor) identityChanged(at Stamp) {
	r := &v.record
	r.IdentityMS = max(r.IdentityMS+1, at.TimeMS) // A clock that jumped back must not let an older identity win.
	r.endStreak()
	v.changed()
}

// tellIdentify says that the visitor, who was before, has the user id, or holds that back while opted out. Where the login before this one
// was held back too, nobody is to hear of it: this one follows what was told last.
func (v *Visitor) tellIdentify(o *Outcome, at Stamp, before string) {
	r := &v.record
	if v.holds(r.IdentifyID) {
		before = r.IdentifyAnon
		r.Held.Delete(r.IdentifyID)
	}
	if before == r.UserID {
		r.IdentifyAnon, r.IdentifyID, r.IdentifyMS = "", "", 0
		return
	}
	r.IdentifyAnon, r.IdentifyID, r.IdentifyMS = before, at.InsertID, at.TimeMS
	if r.OptedOut {
		r.IdentifyMS = 0
		r.Held.Set(r.IdentifyID, "true")
		return
	}
	o.Messages = append(o.Messages, v.identifyMessage())
}

func (v *Visitor) identifyMessage() Message {
	r := &v.record
	var mine own
	mine.set("$anon_distinct_id", string(String(r.IdentifyAnon)))
	return v.message(Stamp{TimeMS: r.IdentifyMS, InsertID: r.IdentifyID}, identified, r.UserID, mine)
}
