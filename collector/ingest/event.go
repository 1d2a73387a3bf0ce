package ingest

import (
	"strings"

	"github.com/google/uuid"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// Request is what a request says outside of its records.
type Request struct {
	Project string // the token of events that name none, "" if there is none
	Clock
	// Refuse returns why the project may not send, "" if it may; nil stands for a function that refuses none.
	Refuse func(token string) string
}

// checkToken returns what is wrong with the token of a record.
func (request Request) checkToken(field, token string) problem {
	if request.Refuse == nil {
		return problem{}
	}
	if why := request.Refuse(token); why != "" {
		return problem{field, why}
	}
	return problem{}
}

// Events validates a request's records.
func Events(records []string, request Request) (events []event.Event, faults []Fault) {
	events = make([]event.Event, 0, len(records))
	for i, record := range records {
		e, wrong := request.parseEvent(record)
		if wrong != (problem{}) {
			fault := Fault{Index: i, Field: wrong.field, Message: wrong.message}
			if len(e.InsertID) <= maxFaultID { // The index names the record. An answer must not repeat megabytes that somebody sent as ids.
				fault.InsertID = strings.Clone(e.InsertID) // A part of the request's text would keep all of it in memory.
			}
			faults = append(faults, fault)
			continue
		}
		events = append(events, e)
	}
	return events, faults
}

// rawEvent has the members of an event that the collector reads, as raw JSON. Of a repeated member the last counts, as with JSON.parse.
type rawEvent struct{ event, properties, token, distinctID, time, insertID, alias string }

func (request Request) parseEvent(record string) (e event.Event, wrong problem) {
	if len(record) > MaxRecord {
		return e, recordTooLong
	}
	r, wrong := parseRaw(validUTF8(record))
	if wrong != (problem{}) {
		return e, wrong
	}
	e = event.Event{
		Token: textOrNumber(r.token), DistinctID: textOrNumber(r.distinctID), InsertID: textOrNumber(r.insertID), Properties: r.properties,
	}
	if e.Token == "" {
		e.Token = request.Project
	}
	if e.Name, _ = jsontext.Unquote(r.event); e.Name == "" {
		return e, problem{"event", "the event has no name: it must be a text"}
	}
	if wrong := checkLimits(e); wrong != (problem{}) {
		return e, wrong
	}
	if wrong := request.checkToken("properties.token", e.Token); wrong != (problem{}) {
		return e, wrong
	}
	var ok bool
	if e.SentMS, ok = parseTime(r.time); !ok {
		return e, problem{"properties.time", "the time is neither seconds nor milliseconds since 1970, nor ISO 8601"}
	}
	e.ClockMS = request.correction(e.SentMS)
	if e.Name == "$create_alias" {
		e.Alias = textOrNumber(r.alias)
		if wrong := request.checkAlias(e); wrong != (problem{}) {
			return e, wrong
		}
	}
	if e.InsertID == "" {
		e.InsertID = uuid.NewString() // Without an insert id, no two events can be told to be the same.
	}
	if !identity.IsValidID(e.DistinctID) {
		e.DistinctID = anonymousID(e)
	}
	return e, problem{}
}

// anonymousPrefix is what the ids of anonymous events begin with.
const anonymousPrefix = "$anonymous:"

// anonymousID returns a distinct_id for an event without a usable one: it is missing, or identity.IsValidID refuses it. The event is stored,
// but thousands of visitors with the distinct_id "undefined" must not become one person. The same event gets the same id again when it is
// repeated. The properties keep what the client sent.
func anonymousID(e event.Event) string {
	if identity.IsValidID(e.InsertID) {
		return anonymousPrefix + e.InsertID
	}
	return anonymousPrefix + uuid.NewSHA1(uuid.Nil, []byte(e.Properties)).String() // Broken front ends also send the same insert id with every event.
}

func parseRaw(record string) (r rawEvent, wrong problem) {
	err := jsontext.Object(record, func(name, value string) bool {
		switch name {
		case "event":
			r.event = value
		case "properties":
			r.properties = value
		}
		return true
	})
	if err != nil {
		return r, problem{"", "the record is not a JSON object"}
	}
	if r.properties == "" || r.properties == "null" {
		r.properties = "{}"
	}
	err = jsontext.Object(r.properties, func(name, value string) bool {
		switch name {
		case "token":
			r.token = value
		case "distinct_id":
			r.distinctID = value
		case "time":
			r.time = value
		case "$insert_id":
			r.insertID = value
		case "alias":
			r.alias = value
		}
		return true
	})
	if err != nil {
		return r, problem{"properties", "the properties are not a JSON object"}
	}
	return r, problem{}
}

func checkLimits(e event.Event) problem {
	switch {
	case len(e.Name) > MaxName:
		return problem{"event", "the event's name is longer than 255 bytes"}
	case e.Token == "":
		return problem{"properties.token", "the event has no project token"}
	case len(e.Token) > MaxID:
		return problem{"properties.token", "the token is longer than 1024 bytes"}
	case len(e.InsertID) > MaxID:
		return problem{"properties.$insert_id", "the $insert_id is longer than 1024 bytes"}
	}
	return problem{}
}

// textOrNumber returns the text of a JSON string, or the digits of a JSON number: clients send ids as either.
func textOrNumber(value string) string {
	if s, ok := jsontext.Unquote(value); ok {
		return s
	}
	if value != "" && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9')) {
		return value
	}
	return ""
}
