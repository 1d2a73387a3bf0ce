package identity

// Alias gives this visitor's distinct_id, or the one in original, a second name: Mixpanel's `$create_alias`. The visitor keeps its
// distinct_id; whoever receives the events resolves the alias to it (Graph).
//
// An alias is for ever, so a call that says nothing, or would name a stranger, is refused. One that comes late or a second time with
// another id is sent, for it may be meant, with a warning.
//
// Warns: BadID, AliasAfterIdentify, AliasTwice, AliasIsCurrent, AliasIsAnonymousID, OptedOut.
func (v *Visitor) Alias(at Stamp, alias, original Value) Outcome {
	var o Outcome
	id, ok := usable(&o, "alias", alias)
	if !ok || v.refused(&o, "alias") {
		return o
	}
	r := &v.record
	target := r.DistinctID
	if original != "" {
		if target, ok = usable(&o, "alias", original); !ok {
			return o
		}
	}
	switch {
	case id == target && r.switched():
		o.warn(AliasAfterIdentify, id, r.UserID, DevicePrefix+r.DeviceID)
		return o
	case id == target:
		o.warn(AliasIsCurrent, id)
		return o
	case hasPrefix(id, DevicePrefix):
		o.warn(AliasIsAnonymousID, id)
		return o
	case id == r.Alias:
		o.warn(AliasTwice, id, target, r.Alias)
		return o
	case r.switched() && target == r.DistinctID:
		o.warn(AliasAfterIdentify, id, r.UserID, DevicePrefix+r.DeviceID)
	case r.Alias != "":
		o.warn(AliasTwice, id, target, r.Alias)
	}
	message := v.message(at, createAlias, target, own{spliced: true, inner: string(appendMember(nil, "alias", string(String(id))))})
	message.Alias = id
	if target == r.DistinctID {
		r.Alias, r.AliasState, r.AliasID = id, AliasSent, message.InsertID
		v.identityChanged(at)
	}
	o.Messages = []Message{message}
	return o
}

// AliasAcknowledged notes that the message with this insert id reached the collector.
func (v *Visitor) AliasAcknowledged(insertID string) {
	if r := &v.record; r.AliasState == AliasSent && r.AliasID == insertID {
		r.AliasState = AliasAcknowledged
		v.revision++
	}
}

// AliasTaken is told when the collector refused the alias because it belongs to owner. The visitor goes on as identify(alias), so that
// new events reach the person and not an orphan. An answer to a visitor that reset has forgotten changes nothing.
func (v *Visitor) AliasTaken(at Stamp, alias, owner string) Outcome {
	var o Outcome
	r := &v.record
	if r.Alias != alias || r.DistinctID == alias {
		return o
	}
	o.warn(AliasTaken, alias, owner, r.DistinctID, owner)
	v.switchTo(at, alias)
	return o
}

// usable takes an id from a call, or warns.
func usable(o *Outcome, method string, value Value) (string, bool) {
	id, fault := parseID(string(value))
	if fault != "" {
		o.warn(BadID, method, id, fault)
	}
	return id, fault == ""
}
