package identity

import "github.com/throughline/throughline/identity/jsontext"

// ParseMixpanelRecord converts what mixpanel-browser stored for the same token, in localStorage or its cookie, so that a site that changes
// libraries keeps its visitors: distinct_id, device id, user id, alias, timers, first referrer and super properties. ok is false if text is
// no such record or has no valid distinct_id and no device id.
func ParseMixpanelRecord(text string) (r Record, ok bool) {
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
			r.Timers, _ = ParseProperties(raw)
		case hasPrefix(name, "__") || hasPrefix(name, "$had_persisted") || isReserved(name):
			// These belong to mixpanel-browser itself: queues of profile updates and the like.
		default:
			r.Super.Set(name, raw)
		}
		return true
	})
	r.dropInvalid()
	if err != nil || !r.HasDistinctID() {
		return Record{}, false
	}
	return r, true
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
