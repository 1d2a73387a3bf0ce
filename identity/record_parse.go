package identity

import "github.com/throughline/throughline/identity/jsontext"

// ParseRecord parses the stored form of a record (Record.AppendJSON). Of a damaged record, it keeps every field that can be read; problems
// has the names of the others, or what is wrong with the JSON. If there is no valid distinct_id, it is derived from the device id; without
// that either, HasDistinctID reports false.
func ParseRecord(text string) (r *Record, problems []string) {
	r = &Record{}
	var parsed []string
	err := jsontext.Object(text, func(name, raw string) bool {
		parsed = append(parsed, name)
		if !r.setField(name, raw) {
			problems = append(problems, name)
		}
		return true
	})
	if err != nil {
		problems = append(problems, err.Error())
		r.recoverFields(text, parsed)
	}
	return r, append(problems, r.dropInvalid()...)
}

// maxRecordNumber is greater than any valid time or count in a record.
const maxRecordNumber = 1e15

// setField sets the field with this name in the stored form. It returns false for a value of the wrong type. Unknown fields are ignored.
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
			*field = Properties{}
			ok = field.parse(raw) == nil
		}
	})
	if name == "opted_out" {
		// Only false stands for consent. Any other value is damage, and then privacy comes first.
		r.OptedOut = raw != "false"
		ok = raw == "true" || raw == "false"
	}
	return ok
}

// recoverFields searches invalid JSON for the most important fields that were not parsed yet: distinct_id, device_id, opted_out and props,
// the super properties. It does not search props for the others, because a site may have a super property named device_id.
func (r *Record) recoverFields(text string, parsed []string) {
	head, props := text, ""
	if i := indexOfText(text, `"props":`); i >= 0 {
		head, props = text[:i], text[i+len(`"props":`):]
	}
	for _, name := range [...]string{"distinct_id", "device_id", "opted_out"} {
		label := `"` + name + `":`
		if i := indexOfText(head, label); i >= 0 && !containsString(parsed, name) {
			if raw, ok := jsontext.FirstValue(head[i+len(label):]); ok {
				r.setField(name, raw)
			}
		}
	}
	if !containsString(parsed, "props") {
		r.Super = Properties{}
		_ = r.Super.parse(props)
	}
}

// dropInvalid removes invalid values, makes the remaining fields consistent, and returns the names of the fields that it removed.
func (r *Record) dropInvalid() (dropped []string) {
	if r.OptedOut && r.OptChangedMS == 0 {
		r.OptChangedMS = 1 // An opt-out is stored with its time: the record was damaged.
	}
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

// dropInvalidInsertIDs removes insert ids that no message can have, and returns the names of their fields.
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
