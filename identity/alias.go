package identity

// Alias is called at sign-up. It gives this visitor's distinct_id, or the distinct_id original, a second name, and sends Mixpanel's
// `$create_alias` with both. The visitor keeps its distinct_id; whoever receives the events resolves the alias to it (Graph). original may
// be "".
//
// An alias cannot be undone, so calls that are certainly wrong are refused: the alias is the distinct_id itself, an anonymous device id,
// or a second, different alias of this visitor. A call after Identify is sent, with a warning, because it may be intended. While the
// visitor has opted out, OptIn sends the message. Then it sends the profile updates that waited, because mixpanel-browser identifies the visitor
// by a new alias.
//
// Warnings: BadID, AliasIsCurrent, AliasIsAnonymousID, AliasTwice, AliasAfterIdentify, and OptedOut if too many messages are held back.
// Source: Mixpanel's alias, in the legacy identity model.
func (v *Visitor) Alias(call Call, alias, original Value) Outcome {
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
		v.sendAlias(&o, call, id, target)
	}
	if target == r.DistinctID {
		r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = id, AliasSent, call.InsertID, call.TimeMS
		v.identityChanged(call)
		v.note(historyAlias, id, call)
	}
	if r.OptedOut {
		v.holdAliasMessage(&o, call, id, target)
	}
	v.releaseUpdates(&o)
	return o
}

func (v *Visitor) sendAlias(o *Outcome, call Call, alias, target string) {
	var own callProperties
	own.set("alias", string(String(alias)))
	v.buildMessage(o, call, createAliasEvent, target, &own).Alias = alias
}

// allowAlias reports whether an alias id of target may be sent, and adds a warning if it is certainly or probably wrong.
func (v *Visitor) allowAlias(o *Outcome, id, target string) bool {
	r := &v.record
	isOwn := target == r.DistinctID
	switch {
	case id == target && isOwn && r.hasSwitched():
		o.warn(AliasAfterIdentify, id, r.UserID, r.anonymousID())
		return false
	case id == target:
		o.warn(AliasIsCurrent, id)
		return false
	case hasPrefix(id, DevicePrefix):
		o.warn(AliasIsAnonymousID, id)
		return false
	case r.Alias != "" && isOwn:
		o.warn(AliasTwice, id, target, r.Alias, "so nothing was sent")
		return false
	case r.hasSwitched() && isOwn:
		o.warn(AliasAfterIdentify, id, r.UserID, r.anonymousID())
	case id == r.Alias:
		o.warn(AliasTwice, id, r.DistinctID, r.Alias, "and an alias can name only one of two")
	}
	return true
}

// AcknowledgeAlias must be called when the collector has stored the message with this insert id; nowMS is the time. If the message is not the
// one that created the visitor's alias, nothing changes.
func (v *Visitor) AcknowledgeAlias(insertID string, nowMS int64) {
	if r := &v.record; r.AliasState == AliasSent && r.AliasInsertID == insertID {
		r.AliasState = AliasAcknowledged
		r.Held.Delete(insertID)
		v.note(historyAcknowledged, r.Alias, Call{TimeMS: nowMS})
		v.revision++
	}
}

// HandleTakenAlias must be called when the collector answers that the alias, which was claimed for distinctID, already belongs to another
// person. The answer does not say to whom: it may go to a stranger who guessed the alias. The visitor continues as after
// Identify(alias), so that later events belong to that person and not to a separate one.
//
// If the visitor has not claimed this alias for its own distinct_id, nothing changes: the claim may be that of the visitor before Reset, or
// one for another distinct_id.
//
// Time and insert id of the `$identify` derive from those of the alias. So if the page dies and the answer comes a second time, the
// collector recognises the second message as a repeat. Warnings: AliasTaken.
func (v *Visitor) HandleTakenAlias(call Call, alias, distinctID string) Outcome {
	var o Outcome
	r := &v.record
	if r.Alias == "" || r.Alias != alias || r.DistinctID != distinctID {
		return o
	}
	o.warn(AliasTaken, alias, distinctID, alias)
	insertID := takenInsertIDPrefix + lastBytes(r.AliasInsertID, maxInsertIDBytes-len(takenInsertIDPrefix))
	identify := Call{TimeMS: r.IdentityChangedMS, InsertID: insertID}
	previous, wasIdentified := r.DistinctID, r.UserID == alias
	v.switchIdentity(call, alias)
	v.note(historyTaken, alias, call)
	if !wasIdentified {
		v.sendIdentify(&o, identify, previous)
	}
	return o
}

// takenInsertIDPrefix begins the insert id of the `$identify` that HandleTakenAlias sends.
const takenInsertIDPrefix = "taken-"
