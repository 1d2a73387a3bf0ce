package identity

import "github.com/throughline/throughline/identity/jsontext"

// MigrateMixpanel makes a record of what mixpanel-browser stored for the same token, so that a site can change libraries without
// losing its visitors: distinct_id, device and user id, alias, timers, the first referrer and the super properties.
func ParseMixpanelRecord(text string) (Record, bool) {
	var r Record
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
			// mixpanel-browser's own bookkeeping.
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

// storedID reads an id, "" for one that is unusable. mixpanel-browser takes numbers too, and stores them as such: whoever is known by a
// number stays so, even by one that was rounded before it was stored.
func mixpanelID(raw string) string {
	id, fault := parseStoredID(raw)
	if fault != "" {
		return ""
	}
	return id
}
