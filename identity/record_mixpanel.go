package identity

import "github.com/throughline/throughline/identity/jsontext"

// ParseMixpanelRecord converts what mixpanel-browser stored for the same token, in localStorage or its cookie, so that a site that changes
// libraries keeps its visitors: distinct_id, device id, user id, alias, timers, first referrer, super properties and the profile updates that
// wait. ok is false if text is no such record or has no valid distinct_id and no device id.
func ParseMixpanelRecord(text string) (r *Record, ok bool) {
	r = &Record{}
	err := jsontext.Object(text, func(name, raw string) bool {
		s, isText := jsontext.Unquote(raw)
		switch {
		case name == "distinct_id":
			r.DistinctID = mixpanelID(raw)
		case name == "$device_id":
			r.DeviceID = mixpanelID(raw)
		case name == "$user_id":
			r.UserID = mixpanelID(raw)
		case name == "__alias":
			r.Alias, r.AliasState = mixpanelID(raw), AliasAcknowledged
		case name == "$initial_referrer" && isText:
			r.InitialReferrer = s
		case name == "$initial_referring_domain" && isText:
			r.InitialReferringDomain = s
		case name == "__timers":
			r.Timers = Properties{}
			_ = r.Timers.parse(raw)
		case isMixpanelSuper(name):
			r.Super.Set(name, raw)
		default:
			r.addMixpanelUpdates(name, raw)
		}
		return true
	})
	r.dropInvalid()
	if err != nil || !r.HasDistinctID() {
		return &Record{}, false
	}
	return r, true
}

// isMixpanelSuper reports whether a member of mixpanel-browser's record is a super property and does not belong to that library itself.
func isMixpanelSuper(name string) bool {
	return !hasPrefix(name, "__") && !hasPrefix(name, "$had_persisted") && !isReserved(name)
}

// mixpanelID parses an id; an invalid one becomes "". mixpanel-browser accepts numbers and stores them as such. A visitor who is known by a
// number stays known by it, even if JavaScript rounded it before.
func mixpanelID(raw string) string {
	id, fault := parseStoredID(raw)
	if fault != "" {
		return ""
	}
	return id
}

// mixpanelQueues are the members of mixpanel-browser's record with the profile updates that wait until the visitor is identified, in the order
// of the operations.
var mixpanelQueues = [opDelete]string{"__mpus", "__mps", "__mpso", "__mpa", "__mpr", "__mpu", "__mpap"}

// addMixpanelUpdates adds the updates of one of these members to those that wait. Of $remove and $append it is an array of objects, otherwise
// one object.
func (r *Record) addMixpanelUpdates(name, raw string) {
	for i, queue := range &mixpanelQueues {
		if queue != name {
			continue
		}
		n := 0
		_ = jsontext.Array(asList(raw), func(object string) bool {
			var operands Properties
			if operands.parse(object) != nil || operands.Len() == 0 || r.Waiting.byteSize()+len(object) > MaxWaitingBytes || n > MaxWaitingUpdates/int(opDelete) {
				return true
			}
			n++
			id := string(jsontext.AppendInt([]byte("mp-"+name[len("__"):]+"-"), int64(n)))
			r.Waiting.Set(id, "[{"+formatUpdate(operation(i), &operands, "")+"}]")
			return true
		})
	}
}

// MixpanelJSON returns the record in the form in which mixpanel-browser stores it, so that a site can go back to that library, and use both at
// once. Where it would not fit in a cookie of maxBytes, super properties are left out that do not fit; without a limit, maxBytes is 0.
func (r *Record) MixpanelJSON(maxBytes int) string {
	size := 0
	text := []byte{'{'}
	add := func(name, raw string) bool {
		member := appendMember(nil, name, raw)
		length := CookieLen(string(member)) + len("%2C")
		if maxBytes == 0 || size+length <= maxBytes-len("%7B%7D") {
			size += length
			text = append(append(text, member...), ',')
		}
		return true
	}
	addText := func(name, value string) {
		if value != "" {
			add(name, jsontext.Quote(value))
		}
	}
	addText("distinct_id", r.DistinctID)
	addText("$device_id", r.DeviceID)
	addText("$user_id", r.UserID)
	addText("__alias", r.Alias)
	addText("$initial_referrer", r.InitialReferrer)
	addText("$initial_referring_domain", r.InitialReferringDomain)
	r.Super.Each(add)
	if r.Timers.Len() > 0 {
		add("__timers", string(r.Timers.AppendJSON(nil)))
	}
	for i, updates := range r.mixpanelUpdates() {
		if updates != "" {
			add(mixpanelQueues[i], updates)
		}
	}
	if text[len(text)-1] == ',' {
		text = text[:len(text)-1]
	}
	return string(append(text, '}'))
}

// mixpanelUpdates returns the updates that wait in mixpanel-browser's form, by operation.
func (r *Record) mixpanelUpdates() (all [opDelete]string) {
	r.eachWaiting(func(op operation, operands *Properties) {
		object := string(operands.AppendJSON(nil))
		switch {
		case op == opRemove || op == opAppend:
			all[op] = appendItem(all[op], object)
		case all[op] == "": // Numbers that cannot be added up exactly are several updates, for which that library has no form.
			all[op] = object
		}
	})
	return all
}

// MergeMixpanelRecord makes the changes that mixpanel-browser, in another tab or before this page, has made to its record: before is the text
// that this library last read or wrote, after the one that is there now. changed is false if there are none. What is not in before either may
// only not have fitted.
func (r *Record) MergeMixpanelRecord(before, after string, nowMS int64) (changed bool) {
	old, ok := ParseMixpanelRecord(before)
	theirs, isRecord := ParseMixpanelRecord(after)
	if !isRecord || !ok {
		return false
	}
	isOther := theirs.DistinctID != old.DistinctID || theirs.UserID != old.UserID || theirs.Alias != old.Alias || theirs.DeviceID != old.DeviceID
	isSame := theirs.DistinctID == r.DistinctID && theirs.UserID == r.UserID && theirs.Alias == r.Alias && theirs.DeviceID == r.DeviceID
	switch {
	case !isOther || isSame:
	case theirs.UserID == "" && theirs.DeviceID != old.DeviceID: // Its reset() forgets everything.
		theirs.Epoch, theirs.Line, theirs.IdentityChangedMS = r.Epoch+1, r.Line, r.IdentityChangedMS+1
		theirs.OptedOut, theirs.OptChangedMS = r.OptedOut, r.OptChangedMS
		r.assign(theirs)
		return true
	case theirs.UserID == "" && r.UserID != "" && hasPrefix(theirs.DistinctID, DevicePrefix):
		// That library never logs out but by reset(): a killed browser has brought an older cookie back.
		return false
	default:
		r.IdentityChangedMS++ // A change of a tab of ours, which knows more of it, is later.
		if theirs.Alias != r.Alias {
			r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = theirs.Alias, theirs.AliasState, "", 0
		}
		if theirs.DistinctID != r.DistinctID {
			r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = "", "", 0
		}
		r.DistinctID, r.UserID, r.DeviceID = theirs.DistinctID, theirs.UserID, theirs.DeviceID
		changed = true
	}
	changed = mergeChanges(&r.Timers, &old.Timers, &theirs.Timers, nil) || changed
	changed = mergeChanges(&r.Super, &old.Super, &theirs.Super, func(name string) { r.noteRemoved(name, nowMS) }) || changed
	r.Super.sortByName()
	if string(old.Waiting.AppendJSON(nil)) != string(theirs.Waiting.AppendJSON(nil)) {
		r.Waiting, changed = theirs.Waiting, true
	}
	r.dropDeclined()
	return changed
}

// mergeChanges makes the changes between before and after to p, and reports whether there were any. removed is called for each that was deleted.
func mergeChanges(p, before, after *Properties, removed func(name string)) (changed bool) {
	before.Each(func(name, _ string) bool {
		if after.indexOf(name) < 0 && p.Delete(name) {
			changed = true
			if removed != nil {
				removed(name)
			}
		}
		return true
	})
	after.Each(func(name, raw string) bool {
		if old, ok := before.Get(name); !ok || old != raw {
			if mine, has := p.Get(name); !has || mine != raw {
				p.Set(name, raw)
				changed = true
			}
		}
		return true
	})
	return changed
}
