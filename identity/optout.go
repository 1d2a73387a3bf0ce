package identity

import "github.com/throughline/throughline/identity/jsontext"

// mostHeld bounds the messages that are held back at a time: beside the visitor's own alias and login, aliases of other distinct_ids.
const maxHeld = 100

// OptOut stops all recording for this browser until OptIn. The choice outlives Reset. What waits to be sent is the caller's to delete; what
// is deleted of who the visitor is comes back with OptIn, for nothing says that it arrived. Clocks stop, or they would measure what the
// visitor did meanwhile.
func (v *Visitor) OptOut(at Call) Outcome {
	r := &v.record
	if r.OptedOut || v.isOutdated(at) {
		return Outcome{}
	}
	r.OptedOut, r.OptChangedMS = true, max(r.OptChangedMS+1, at.TimeMS)
	r.Timers = Properties{}
	if r.Alias != "" && r.AliasInsertID == "" {
		r.AliasInsertID = at.InsertID // Of a damaged record.
	}
	v.holdUnacknowledgedAlias()
	v.recordChanged()
	return Outcome{}
}

// holdUnacknowledged holds back the visitor's own alias while opted out, unless it is known to have arrived.
func (v *Visitor) holdUnacknowledgedAlias() {
	if r := &v.record; r.OptedOut && r.AliasState == AliasSent {
		r.Held.Set(r.AliasInsertID, "true")
	}
}

// OptIn records again, and says who the visitor has become meanwhile.
func (v *Visitor) OptIn(at Call) Outcome {
	r := &v.record
	if !r.OptedOut || v.isOutdated(at) {
		return Outcome{}
	}
	r.OptedOut, r.OptChangedMS = false, max(r.OptChangedMS+1, at.TimeMS)
	v.recordChanged()
	v.setInitialReferrer()
	return v.ReleaseHeld(at)
}

// outdated reports whether a call is one that another page left before the visitor last opted out or in. What this page calls is never
// outdated, wherever the clock may have gone.
func (v *Visitor) isOutdated(at Call) bool {
	return at.TimeMS < v.record.OptChangedMS && !hasPrefix(at.InsertID, v.config.PageID)
}

// Deleted notes that a message was deleted on its way, by OptOut: where it is the one that says who the visitor is, it is told again.
func (v *Visitor) HandleDeletedMessage(message string) {
	r := &v.record
	mark := `"$insert_id":"` + r.IdentifyInsertID + `"`
	if r.IdentifyInsertID != "" && !v.isHeld(r.IdentifyInsertID) && hasSuffix(message, identifyMessageEnd) && indexOfText(message, mark) >= 0 {
		r.Held.Set(r.IdentifyInsertID, "true")
		v.revision++
	}
}

// identifyEnd is what a message ends with that says who the visitor is.
const identifyMessageEnd = `"event":"` + identifyEvent + `"}`

// TellHeld tells what was held back while the visitor had opted out, as far as it is still true: the alias first, then who the visitor is. A
// message that may have arrived before is the same one again, with its time and its insert id; the others are of this moment, for until now
// nothing was recorded. OptIn does so by itself; it is for a visitor whom another tab opted in.
func (v *Visitor) ReleaseHeld(at Call) Outcome {
	var o Outcome
	r := &v.record
	if r.OptedOut || r.Held.Len() == 0 {
		return o
	}
	held := r.Held
	r.Held = Properties{}
	v.recordChanged()
	if _, is := held.Get(r.AliasInsertID); is && r.AliasState == AliasSent {
		r.AliasTimeMS = timeOrNow(r.AliasTimeMS, at)
		o.Messages = append(o.Messages, v.aliasMessage(Call{TimeMS: r.AliasTimeMS, InsertID: r.AliasInsertID}, r.Alias, r.DistinctID))
	}
	held.Each(func(id, raw string) bool {
		if alias, target, ok := parseHeldAlias(raw); ok && isInsertID(id) {
			o.Messages = append(o.Messages, v.aliasMessage(Call{TimeMS: at.TimeMS, InsertID: id}, alias, target))
		}
		return len(o.Messages) <= maxHeld
	})
	if _, is := held.Get(r.IdentifyInsertID); is && r.UserID != "" {
		r.IdentifyTimeMS = timeOrNow(r.IdentifyTimeMS, at)
		o.Messages = append(o.Messages, v.identifyMessage())
	}
	return o
}

func timeOrNow(ms int64, at Call) int64 {
	if ms == 0 {
		return at.TimeMS
	}
	return ms
}

// holds reports whether the message with this insert id is held back.
func (v *Visitor) isHeld(id string) bool {
	_, is := v.record.Held.Get(id)
	return is
}

// holdAlias holds back an alias until OptIn. One of another distinct_id than the visitor's is nowhere else in the record.
func (v *Visitor) holdAliasMessage(o *Outcome, at Call, alias, target string) {
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
	both := jsontext.AppendQuote([]byte{'['}, alias)
	both = jsontext.AppendQuote(append(both, ','), target)
	r.Held.Set(at.InsertID, jsontext.Text(append(both, ']')))
	v.recordChanged()
}

func parseHeldAlias(raw string) (alias, target string, ok bool) {
	var both []string
	_ = jsontext.Array(raw, func(item string) bool {
		id, fault := parseStoredID(item)
		if fault == "" {
			both = append(both, id)
		}
		return true
	})
	if len(both) != 2 {
		return "", "", false
	}
	return both[0], both[1], true
}
