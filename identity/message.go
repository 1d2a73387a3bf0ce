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

// reserved are the properties that say whose an event is, when and which. The library sets them; a call may say its own time and insert
// id, and no more.
var reserved = [...]string{"distinct_id", "$device_id", "$user_id", "token", "time", "$insert_id"}

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
	time     string     // the call's own time, raw
	insertID string     // the call's own insert id
}

// set adds a property of the library's own, in place of any of that name.
func (o *own) set(name, raw string) {
	if o.inner != "" {
		o.picked, _ = ParseProperties("{" + o.inner + "}")
		o.inner = ""
	}
	o.picked.Set(name, raw)
}

// message puts one event together: page defaults, marketing, super properties and the call's own, each overriding those before; then
// what no call can touch.
func (v *Visitor) message(at Stamp, event, distinctID string, o own) Message {
	c := v.commonText()
	insertID := at.InsertID
	if o.insertID != "" {
		insertID = o.insertID
	}
	b := make([]byte, 0, len(c.base)+len(o.inner)+len(c.who)+len(event)+len(distinctID)+len(insertID)+128)
	b = jsontext.AppendQuote(append(b, `{"event":`...), event)
	b = append(b, `,"properties":{`...)
	if o.picked.Len() == 0 {
		b = append(b, c.base...)
	} else {
		b = c.appendBaseExcept(b, &o.picked)
	}
	if o.inner != "" {
		b = append(append(b, o.inner...), ',')
	}
	o.picked.Each(func(name, raw string) bool {
		b = append(appendMember(b, name, raw), ',')
		return true
	})
	b = append(b, c.who...)
	b = appendText(b, "distinct_id", distinctID)
	b = appendText(b, "$insert_id", insertID)
	b = append(b, `"time":`...)
	if o.time != "" {
		b = append(b, o.time...)
	} else {
		b = jsontext.AppendThousandths(b, at.TimeMS)
	}
	b = append(b, '}', '}')
	return Message{Event: event, DistinctID: distinctID, TimeMS: at.TimeMS, InsertID: insertID, JSON: jsontext.Text(b)}
}

func appendText(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), '"', ':')
	return append(jsontext.AppendQuote(b, value), ',')
}
