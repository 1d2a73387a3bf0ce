package identity

import "github.com/throughline/throughline/identity/jsontext"

// Call says when the page made a call, and which insert id the call's message gets. Every method that corresponds to a method of a
// tracking library takes one.
type Call struct {
	TimeMS   int64  // by the browser's clock, in milliseconds since 1970
	InsertID string // becomes `$insert_id`; 1 to 36 of A-Z, a-z, 0-9 and hyphens, unique
}

// Message is one event, or one update of a profile, that is to be delivered. In Mixpanel's protocol `$create_alias` and `$identify` are events
// too.
type Message struct {
	Endpoint   Endpoint
	Event      string // the event's name, "" of an update
	DistinctID string // "" of an update
	TimeMS     int64  // of the call, in milliseconds since 1970
	InsertID   string // "" of an update: Mixpanel does not recognise a second delivery of one
	Alias      string // of a `$create_alias`; otherwise ""
	Cumulative bool   // it is an update that counts twice if it is delivered twice, such as $add

	// Head and Rest together are the JSON of the message. Consecutive messages of a visitor usually have the same head, which is most of an
	// event, so it can be stored once.
	Head, Rest string
}

// JSON returns the message in Mixpanel's format: of an event, an object with event and properties; of an update, an object with $token, the ids
// and the operation.
func (m *Message) JSON() string { return m.Head + m.Rest }

// Outcome is the result of a call: messages to deliver, in this order, and warnings to show. Both may be empty.
type Outcome struct {
	Messages []Message
	Warnings []Warning
	Answer   string // what the call returns to the page, as JSON: of an update, its record. "" if it returns nothing
}

// addMessage adds a message, which the caller fills in.
func (o *Outcome) addMessage() *Message {
	o.Messages = append(o.Messages, Message{})
	return &o.Messages[len(o.Messages)-1]
}

func (o *Outcome) warn(code Code, args ...string) {
	o.Warnings = append(o.Warnings, NewWarning(code, args...))
}

// reservedProperties say whose an event is, when it was and which one. The library sets them. Track accepts time and $insert_id from the
// caller; everything else gets the warning ReservedProperty.
var reservedProperties = [...]string{"distinct_id", "$device_id", "$user_id", "token", "time", "$insert_id"}

func isReserved(name string) bool {
	for _, r := range &reservedProperties {
		if r == name {
			return true
		}
	}
	return false
}

// Mixpanel's names of the events that say who a visitor is.
const (
	createAliasEvent = "$create_alias"
	identifyEvent    = "$identify"
)

// callProperties are the properties of one call, without reserved and blocked ones.
type callProperties struct {
	verbatim string     // the members as raw JSON, if they can be copied as they are
	filtered Properties // otherwise, the properties one by one
	time     string     // a time that the call gave, as raw JSON
	insertID string     // an insert id that the call gave
}

// set sets a property, overriding one of the same name in the call.
func (p *callProperties) set(name, raw string) {
	if p.verbatim != "" {
		_ = p.filtered.parse("{" + p.verbatim + "}")
		p.verbatim = ""
	}
	p.filtered.Set(name, raw)
}

// buildMessage adds the message of a call. Later properties override earlier ones of the same name: those of the page, super properties,
// those of the call. Reserved properties cannot be overridden.
func (v *Visitor) buildMessage(o *Outcome, call Call, event, distinctID string, own *callProperties) *Message {
	h := v.currentHead()
	head := h.text
	if own.filtered.Len() > 0 || distinctID != v.record.DistinctID {
		head = h.build(&own.filtered, distinctID)
	}
	insertID := call.InsertID
	if own.insertID != "" {
		insertID = own.insertID
	}
	bytes := len(own.verbatim) + len(event) + len(insertID) + 64
	own.filtered.Each(func(name, raw string) bool {
		bytes += len(name) + len(raw) + len(`"":,`)
		return true
	})
	b := make([]byte, 0, bytes)
	if own.verbatim != "" {
		b = append(append(b, own.verbatim...), ',')
	}
	own.filtered.Each(func(name, raw string) bool {
		b = append(appendMember(b, name, raw), ',')
		return true
	})
	b = appendStringMember(b, "$insert_id", insertID)
	b = append(b, `"time":`...)
	if own.time != "" {
		b = append(b, own.time...)
	} else {
		b = jsontext.AppendThousandths(b, call.TimeMS)
	}
	b = append(jsontext.AppendQuote(append(b, `},"event":`...), event), '}')
	m := o.addMessage()
	m.Event, m.DistinctID, m.TimeMS, m.InsertID, m.Head, m.Rest = event, distinctID, call.TimeMS, insertID, head, jsontext.UnsafeString(b)
	return m
}

// appendStringMember appends a member of a JSON object, and a comma. name must not need escapes.
func appendStringMember(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), '"', ':')
	return append(jsontext.AppendQuote(b, value), ',')
}
