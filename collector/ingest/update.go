package ingest

import (
	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity/jsontext"
)

// Updates validates a request's profile updates, of persons or of groups.
func Updates(records []string, request Request) (updates []event.Update, faults []Fault) {
	for i, record := range records {
		u, wrong := request.parseUpdate(record)
		if wrong != (problem{}) {
			faults = append(faults, Fault{Index: i, Field: wrong.field, Message: wrong.message})
			continue
		}
		updates = append(updates, u)
	}
	return updates, faults
}

func (request Request) parseUpdate(record string) (u event.Update, wrong problem) {
	if len(record) > event.MaxProfile {
		return u, problem{"", "the update is larger than 1 MiB"}
	}
	u.Operations = validUTF8(record)
	person, group := "", ""
	err := jsontext.Object(u.Operations, func(name, value string) bool {
		switch name {
		case "$token":
			u.Token = textOrNumber(value)
		case "$distinct_id":
			person = textOrNumber(value)
		case "$group_key":
			u.GroupKey = textOrNumber(value)
		case "$group_id":
			group = textOrNumber(value)
		case "$time": // Mixpanel's clients for phones send it. One that is no time says nothing.
			if sentMS, ok := parseTime(value); ok && sentMS != 0 {
				u.TimeMS = sentMS + request.correction(sentMS)
			}
		case "$delete":
			u.Deletes = true
		}
		return true
	})
	if u.Subject = person; u.GroupKey != "" {
		u.Subject = group
	}
	switch {
	case err != nil:
		return u, problem{"", "the record is not a JSON object"}
	case u.Token == "":
		return u, problem{"$token", "the update has no project token"}
	case u.Subject == "":
		return u, problem{"$distinct_id", "the update names neither a person ($distinct_id) nor a group ($group_key and $group_id)"}
	case max(len(u.Token), len(u.GroupKey), len(u.Subject)) > MaxID:
		return u, problem{"$distinct_id", "an id of the update is longer than 1024 bytes"}
	}
	return u, request.checkToken("$token", u.Token)
}
