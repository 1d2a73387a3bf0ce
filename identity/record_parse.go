package identity

import "github.com/throughline/throughline/identity/jsontext"

// ParseRecord reads a stored record. A damaged one is rescued field by field; problems says what could not be read. A record without a
// usable distinct_id takes its device id, if it has one; without either it is not Known.
func ParseRecord(text string) (r Record, problems []string) {
	var seen []string
	err := jsontext.Object(text, func(name, raw string) bool {
		seen = append(seen, name)
		if !r.setField(name, raw) {
			problems = append(problems, name)
		}
		return true
	})
	if err != nil {
		problems = append(problems, err.Error())
		r.recoverFields(text, seen)
	}
	return r, append(problems, r.dropInvalid()...)
}

// mostNumber is more than any time or count in a record can be.
const maxRecordNumber = 1e15

// setField reports whether the value has the kind that the field wants. Fields that are not ours are left to whoever wrote them.
func (r *Record) setField(name, raw string) bool {
	ok := true
	r.stringFields(func(known string, field *string) {
		if known == name {
			*field, ok = jsontext.Unquote(raw)
		}
	})
	r.numberFields(func(known string, field *int64) {
		if known == name {
			n, whole := jsontext.ParseInt(raw)
			if ok = whole && n >= 0 && n < maxRecordNumber; ok {
				*field = n
			}
		}
	})
	r.propertyFields(func(known string, field *Properties) {
		if known == name {
			var err error
			*field, err = ParseProperties(raw)
			ok = err == nil
		}
	})
	if name == "opted_out" {
		// Whatever else it may have been meant for, it was not written for somebody who agreed.
		r.OptedOut = raw != "false"
		ok = raw == "true" || raw == "false"
	}
	return ok
}

// rescue looks into a text that is no JSON for what matters most and was not seen yet: who the visitor is and whether they agreed to
// be tracked, then the super properties. Nothing within those is taken for the former: a site may have a property named device_id.
func (r *Record) recoverFields(text string, seen []string) {
	head, props := text, ""
	if i := indexOfText(text, `"props":`); i >= 0 {
		head, props = text[:i], text[i+len(`"props":`):]
	}
	for _, name := range [...]string{"distinct_id", "device_id", "opted_out"} {
		label := `"` + name + `":`
		if i := indexOfText(head, label); i >= 0 && !containsString(seen, name) {
			if raw, ok := jsontext.FirstValue(head[i+len(label):]); ok {
				r.setField(name, raw)
			}
		}
	}
	if !containsString(seen, "props") {
		r.Super, _ = ParseProperties(props)
	}
}

// sound drops what cannot be, and returns the names of the fields it dropped.
func (r *Record) dropInvalid() (dropped []string) {
	drop := func(name string, field *string) {
		if *field != "" && idFault(*field) != "" {
			dropped, *field = append(dropped, name), ""
		}
	}
	drop("distinct_id", &r.DistinctID)
	drop("device_id", &r.DeviceID)
	drop("user_id", &r.UserID)
	drop("alias", &r.Alias)
	drop("identify_anon", &r.IdentifyAnonID)
	dropped = append(dropped, r.dropInvalidInsertIDs()...)
	switch {
	case r.Alias == "":
		r.AliasState, r.AliasInsertID, r.AliasTimeMS = AliasNone, "", 0
	case r.AliasState != AliasAcknowledged:
		r.AliasState = AliasSent
	}
	if r.DistinctID == "" && r.DeviceID != "" {
		r.DistinctID = DevicePrefix + r.DeviceID
	}
	if r.DeviceID == "" && hasPrefix(r.DistinctID, DevicePrefix) {
		r.DeviceID = r.DistinctID[len(DevicePrefix):]
	}
	return dropped
}

// soundIDs drops insert ids that no message could have.
func (r *Record) dropInvalidInsertIDs() (dropped []string) {
	drop := func(name string, field *string) {
		if *field != "" && !isInsertID(*field) {
			dropped, *field = append(dropped, name), ""
		}
	}
	drop("alias_id", &r.AliasInsertID)
	drop("identify_id", &r.IdentifyInsertID)
	if r.IdentifyInsertID == "" || r.IdentifyAnonID == "" {
		r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = "", "", 0
	}
	return dropped
}
