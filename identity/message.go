package identity

import "github.com/throughline/throughline/identity/jsontext"

// Stamp is the moment of a call.
type Stamp struct {
	TimeMS   int64  // milliseconds since 1970
	InsertID string // the `$insert_id` of the message that the call makes, if it makes one
}

// Message is one event on its way to whoever receives events.
type Message struct {
	Event      string
	DistinctID string
	TimeMS     int64
	InsertID   string
	Alias      string // the alias, in a `$create_alias`
	JSON       string // the event as it goes over the wire
}

// Outcome is what a call led to.
type Outcome struct {
	Messages []Message
	Warnings []Warning
}

func (o *Outcome) warn(code Code, args ...string) {
	o.Warnings = append(o.Warnings, NewWarning(code, args...))
}

// reserved are the properties that say whose an event is. No call can touch them.
var reserved = [...]string{"distinct_id", "$device_id", "$user_id", "token"}

func isReserved(name string) bool {
	for _, r := range reserved {
		if r == name {
			return true
		}
	}
	return false
}

// eventNames of the messages that carry identity, Mixpanel's.
const (
	createAlias = "$create_alias"
	identified  = "$identify"
)

// own are the properties of one call, sifted.
type own struct {
	inner    string     // the members as raw text, where they can be spliced as they are
	picked   Properties // else, one by one
	spliced  bool
	time     string // the call's own time, raw
	insertID string // the call's own insert id
}

// message puts one event together: page defaults, marketing, super properties and the call's own, each overriding those before; then
// what no call can touch.
func (v *Visitor) message(at Stamp, event, distinctID string, o own) Message {
	text := v.baseText()
	if !o.spliced {
		text = v.baseTextWithout(&o.picked)
	}
	insertID := at.InsertID
	if o.insertID != "" {
		insertID = o.insertID
	}
	r := &v.record
	b := make([]byte, 0, len(text)+len(o.inner)+len(event)+len(distinctID)+len(r.DeviceID)+len(r.UserID)+len(v.config.Token)+len(insertID)+240)
	b = jsontext.AppendQuote(append(b, `{"event":`...), event)
	b = append(b, `,"properties":{`...)
	b = append(b, text...)
	if o.spliced && o.inner != "" {
		b = append(append(b, o.inner...), ',')
	}
	o.picked.Each(func(name, raw string) bool {
		b = append(appendMember(b, name, raw), ',')
		return true
	})
	if started, ok := v.takeTimer(event); ok {
		b = append(b, `"$duration":`...)
		b = append(jsontext.AppendThousandths(b, max(0, at.TimeMS-started)), ',')
	}
	b = appendText(b, "token", v.config.Token)
	b = appendText(b, "distinct_id", distinctID)
	if r.DeviceID != "" {
		b = appendText(b, "$device_id", r.DeviceID)
	}
	if r.UserID != "" {
		b = appendText(b, "$user_id", r.UserID)
	}
	b = appendText(b, "$insert_id", insertID)
	b = append(b, `"time":`...)
	if o.time != "" {
		b = append(b, o.time...)
	} else {
		b = jsontext.AppendThousandths(b, at.TimeMS)
	}
	b = append(b, '}', '}')
	return Message{Event: event, DistinctID: distinctID, TimeMS: at.TimeMS, InsertID: insertID, JSON: string(b)}
}

func appendText(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), '"', ':')
	return append(jsontext.AppendQuote(b, value), ',')
}
