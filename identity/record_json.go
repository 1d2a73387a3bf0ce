package identity

import "github.com/throughline/throughline/identity/jsontext"

// text and number name the fields of the stored form, in the one place that reading and writing share.
func (r *Record) text(visit func(name string, field *string)) {
	visit("distinct_id", &r.DistinctID)
	visit("device_id", &r.DeviceID)
	visit("user_id", &r.UserID)
	visit("alias", &r.Alias)
	visit("alias_state", (*string)(&r.AliasState))
	visit("alias_id", &r.AliasID)
	visit("initial_referrer", &r.InitialReferrer)
	visit("initial_referring_domain", &r.InitialReferringDomain)
	visit("reset_page", &r.ResetPage)
}

func (r *Record) numbers(visit func(name string, field *int64)) {
	visit("epoch", &r.Epoch)
	visit("identity_ms", &r.IdentityMS)
	visit("reset_streak", &r.ResetStreak)
}

func (r *Record) bags(visit func(name string, field *Properties)) {
	visit("props", &r.Super)
	visit("timers", &r.Timers)
}

// AppendJSON appends the stored form, a JSON object that leaves out what is empty. distinct_id, device_id, user_id, opted_out and props
// are read by JavaScript too.
func (r Record) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	start := len(dst)
	member := func(name, raw string) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = appendMember(dst, name, raw)
	}
	r.text(func(name string, field *string) {
		if *field != "" {
			member(name, jsontext.Quote(*field))
		}
	})
	r.numbers(func(name string, field *int64) {
		if *field != 0 {
			member(name, string(jsontext.AppendInt(nil, *field)))
		}
	})
	if r.OptedOut {
		member("opted_out", "true")
	}
	r.bags(func(name string, field *Properties) {
		if field.Len() > 0 {
			member(name, string(field.AppendJSON(nil)))
		}
	})
	return append(dst, '}')
}

// ParseRecord reads a stored record. A damaged one is rescued field by field; problems says what could not be read. A record without a
// usable distinct_id takes its device id, if it has one; without either it is not Known.
func ParseRecord(text string) (r Record, problems []string) {
	if err := jsontext.Object(text, func(name, raw string) bool {
		if !r.setField(name, raw) {
			problems = append(problems, name)
		}
		return true
	}); err != nil {
		problems = append(problems, err.Error())
	}
	if faultOf(r.DistinctID) != "" && r.DistinctID != "" {
		problems, r.DistinctID = append(problems, "distinct_id"), ""
	}
	if r.DistinctID == "" && r.DeviceID != "" && faultOf(r.DeviceID) == "" {
		r.DistinctID = DevicePrefix + r.DeviceID
	}
	if r.DeviceID == "" && hasPrefix(r.DistinctID, DevicePrefix) {
		r.DeviceID = r.DistinctID[len(DevicePrefix):]
	}
	return r, problems
}

// setField reports whether the value has the kind that the field wants. Fields that are not ours are left to whoever wrote them.
func (r *Record) setField(name, raw string) bool {
	ok := true
	r.text(func(known string, field *string) {
		if known == name {
			*field, ok = jsontext.Unquote(raw)
		}
	})
	r.numbers(func(known string, field *int64) {
		if known == name {
			*field, ok = jsontext.ParseInt(raw)
		}
	})
	r.bags(func(known string, field *Properties) {
		if known == name {
			var err error
			*field, err = ParseProperties(raw)
			ok = err == nil
		}
	})
	if name == "opted_out" {
		r.OptedOut = raw == "true"
		ok = raw == "true" || raw == "false"
	}
	return ok
}
