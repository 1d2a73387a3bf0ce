package identity

// Alias gives this visitor's distinct_id, or the one in original, a second name: Mixpanel's `$create_alias`. The visitor keeps its
// distinct_id; whoever receives the events resolves the alias to it (Graph).
//
// An alias is for ever, so a call that says nothing, or would name a stranger, is refused, and so is a second alias of one visitor. One that
// comes late is sent, for it may be meant, with a warning. While opted out it waits for OptIn.
//
// Warns: BadID, AliasAfterIdentify, AliasTwice, AliasIsCurrent, AliasIsAnonymousID, OptedOut (where too many wait).
func (v *Visitor) Alias(at Call, alias, original Value) Outcome {
	var o Outcome
	r := &v.record
	id, ok := parseIDArgument(&o, "alias", alias)
	target := r.DistinctID
	if ok && original != "" {
		target, ok = parseIDArgument(&o, "alias", original)
	}
	if !ok || !v.allowAlias(&o, id, target) {
		return o
	}
	if !r.OptedOut {
		o.Messages = []Message{v.aliasMessage(at, id, target)}
	}
	if target == r.DistinctID {
		r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = id, AliasSent, at.InsertID, at.TimeMS
		v.identityChanged(at)
	}
	if r.OptedOut {
		v.holdAliasMessage(&o, at, id, target)
	}
	return o
}

func (v *Visitor) aliasMessage(at Call, alias, target string) Message {
	var mine callProperties
	mine.set("alias", string(String(alias)))
	message := v.buildMessage(at, createAliasEvent, target, mine)
	message.Alias = alias
	return message
}

// mayAlias warns of an alias that is probably not meant, and reports whether it can be sent all the same.
func (v *Visitor) allowAlias(o *Outcome, id, target string) bool {
	r := &v.record
	own := target == r.DistinctID
	switch {
	case id == target && own && r.hasSwitched():
		o.warn(AliasAfterIdentify, id, r.UserID, r.anonymousID())
		return false
	case id == target:
		o.warn(AliasIsCurrent, id)
		return false
	case hasPrefix(id, DevicePrefix):
		o.warn(AliasIsAnonymousID, id)
		return false
	case r.Alias != "" && own:
		o.warn(AliasTwice, id, target, r.Alias, "so nothing was sent")
		return false
	case r.hasSwitched() && own:
		o.warn(AliasAfterIdentify, id, r.UserID, r.anonymousID())
	case id == r.Alias:
		o.warn(AliasTwice, id, r.DistinctID, r.Alias, "and an alias can name only one of two")
	}
	return true
}

// AliasAcknowledged notes that the message with this insert id reached the collector.
func (v *Visitor) AcknowledgeAlias(insertID string) {
	if r := &v.record; r.AliasState == AliasSent && r.AliasInsertID == insertID {
		r.AliasState = AliasAcknowledged
		r.Held.Delete(insertID)
		v.revision++
	}
}

// AliasTaken is told when the collector refused the alias because it belongs to owner. The visitor goes on as identify(alias), so that
// new events reach the person and not an orphan. An answer to a visitor that reset has forgotten changes nothing. Warns: AliasTaken.
//
// The `$identify` is dated and named after the alias, so that it is the same one if the page dies and the answer comes again.
func (v *Visitor) HandleTakenAlias(at Call, alias, owner string) Outcome {
	var o Outcome
	r := &v.record
	if r.Alias == "" || r.Alias != alias {
		return o
	}
	o.warn(AliasTaken, alias, owner, r.DistinctID, owner)
	made := Call{TimeMS: r.IdentityChangedMS, InsertID: takenInsertIDPrefix + lastBytes(r.AliasInsertID, maxInsertIDBytes-len(takenInsertIDPrefix))}
	before, told := r.DistinctID, r.UserID == alias
	v.switchIdentity(at, alias)
	if !told {
		v.sendIdentify(&o, made, before)
	}
	return o
}

// takenPrefix begins the insert id of the `$identify` that follows a refused alias.
const takenInsertIDPrefix = "taken-"

func lastBytes(s string, most int) string { return s[max(0, len(s)-most):] }

// usable takes an id from a call, or warns.
func parseIDArgument(o *Outcome, method string, value Value) (string, bool) {
	id, fault := parseID(string(value))
	if fault != "" {
		o.warn(BadID, method, id, fault)
	}
	return id, fault == ""
}
