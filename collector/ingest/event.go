// Package ingest understands what Mixpanel's clients send: it turns request bodies into events and profile updates, and says of each
// record that is no good what is wrong with it.
package ingest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/throughline/throughline/identity/jsontext"
)

// Limits on one event.
const (
	MaxNameBytes = 255
	MaxIDBytes   = 1024 // longer than any client of ours allows, for others may
)

// Event is one event, checked.
type Event struct {
	Token      string
	Name       string
	DistinctID string
	TimeMS     int64 // milliseconds since 1970
	InsertID   string
	Alias      string // of a `$create_alias`
	Properties string // JSON object, as it was sent
}

// Fault says why a record was refused. Index is its place in the request.
type Fault struct {
	Index    int    `json:"index"`
	InsertID string `json:"$insert_id"`
	Field    string `json:"field"`
	Message  string `json:"message"`
}

// Events checks a request's records. token is the project of a request that named it outside of its events, "" for none.
func Events(records []string, token string, now time.Time) (events []Event, faults []Fault) {
	for i, record := range records {
		event, field, message := parseEvent(record, token, now)
		if message != "" {
			faults = append(faults, Fault{Index: i, InsertID: event.InsertID, Field: field, Message: message})
			continue
		}
		events = append(events, event)
	}
	return events, faults
}

func parseEvent(record, token string, now time.Time) (e Event, field, message string) {
	e.Token = token
	name := ""
	if err := jsontext.Object(record, func(member, raw string) bool {
		switch member {
		case "event":
			name = raw
		case "properties":
			e.Properties = strings.ToValidUTF8(raw, "\ufffd")
		}
		return true
	}); err != nil {
		return e, "", "the event is not a JSON object"
	}
	var ok bool
	if e.Name, ok = jsontext.Unquote(name); !ok || e.Name == "" {
		return e, "event", "the event has no name: \"event\" must be a text"
	}
	if e.Properties == "" {
		e.Properties = "{}"
	}
	timeRaw, idRaw, insertRaw, aliasRaw := "", "", "", ""
	if err := jsontext.Object(e.Properties, func(member, raw string) bool {
		switch member {
		case "token":
			if s, ok := jsontext.Unquote(raw); ok && s != "" {
				e.Token = s
			}
		case "distinct_id":
			idRaw = raw
		case "time":
			timeRaw = raw
		case "$insert_id":
			insertRaw = raw
		case "alias":
			aliasRaw = raw
		}
		return true
	}); err != nil {
		return e, "properties", "the properties are not a JSON object"
	}
	e.InsertID = scalar(insertRaw)
	e.DistinctID = scalar(idRaw)
	switch {
	case len(e.Name) > MaxNameBytes:
		return e, "event", "the event's name is longer than 255 bytes"
	case e.Token == "":
		return e, "properties.token", "the event has no project token"
	case len(e.DistinctID) > MaxIDBytes:
		return e, "properties.distinct_id", "the distinct_id is too long"
	case len(e.InsertID) > MaxIDBytes:
		return e, "properties.$insert_id", "the $insert_id is too long"
	}
	if e.TimeMS, ok = parseTime(timeRaw, now); !ok {
		return e, "properties.time", "the time is neither seconds nor milliseconds since 1970, nor ISO 8601"
	}
	if e.Name == "$create_alias" {
		if e.Alias = scalar(aliasRaw); e.Alias == "" || e.DistinctID == "" {
			return e, "properties.alias", "an alias needs both alias and distinct_id"
		}
	}
	if e.InsertID == "" {
		e.InsertID = uuid.NewString() // Nothing says that two of them are the same.
	}
	if e.DistinctID == "" {
		e.DistinctID = "$anonymous:" + e.InsertID // Strangers must not become one person.
	}
	return e, "", ""
}

// scalar takes a text, or a number's digits, as clients send ids.
func scalar(raw string) string {
	if s, ok := jsontext.Unquote(raw); ok {
		return s
	}
	if raw != "" && (raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')) {
		return raw
	}
	return ""
}

// secondsBelow tells seconds from milliseconds: as seconds it is the year 5138.
const secondsBelow = 1e11

func parseTime(raw string, now time.Time) (int64, bool) {
	if raw == "" || raw == "null" {
		return now.UnixMilli(), true
	}
	text := raw
	if s, ok := jsontext.Unquote(raw); ok {
		text = s
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if math.Abs(n) < secondsBelow {
			n *= 1000
		}
		const most = 8.64e15 // what a JavaScript Date can say
		return int64(math.Round(n)), math.Abs(n) <= most
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999", "2006-01-02 15:04:05.999", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// Update is one change of a profile, of a person or a group.
type Update struct {
	Token      string
	Group      string // the group's key and id, "" for a person
	DistinctID string
	Operations string // JSON object: `$set` and its kin, as sent
}

// Updates checks a request's profile updates.
func Updates(records []string) (updates []Update, faults []Fault) {
	for i, record := range records {
		var fields struct {
			Token      string          `json:"$token"`
			DistinctID json.RawMessage `json:"$distinct_id"`
			GroupKey   string          `json:"$group_key"`
			GroupID    json.RawMessage `json:"$group_id"`
		}
		u := Update{Operations: strings.ToValidUTF8(record, "\ufffd")}
		err := json.Unmarshal([]byte(record), &fields)
		u.Token, u.DistinctID = fields.Token, scalar(string(fields.DistinctID))
		if fields.GroupKey != "" {
			u.Group = fields.GroupKey + "=" + scalar(string(fields.GroupID))
		}
		switch {
		case err != nil:
			faults = append(faults, Fault{Index: i, Message: "the update is not a JSON object of the right kinds"})
		case u.Token == "":
			faults = append(faults, Fault{Index: i, Field: "$token", Message: "the update has no project token"})
		case u.DistinctID == "" && u.Group == "":
			faults = append(faults, Fault{Index: i, Field: "$distinct_id", Message: "the update names neither a person nor a group"})
		case !utf8.ValidString(u.Operations):
			faults = append(faults, Fault{Index: i, Message: "the update is not UTF-8"})
		default:
			updates = append(updates, u)
		}
	}
	return updates, faults
}
