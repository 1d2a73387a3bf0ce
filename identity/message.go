package identity

import "github.com/throughline/throughline/identity/jsontext"

// Stamp is the moment of a call.
type Call struct {
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

	// Head and Rest are the event as it goes over the wire, in two parts: Head is one and the same text for all that a visitor does
	// on a page, and most of an event, so that it is kept once.
	Head, Rest string
}

// JSON returns the event as it goes over the wire.
func (m Message) JSON() string { return m.Head + m.Rest }

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
var reservedProperties = [...]string{"distinct_id", "$device_id", "$user_id", "token", "time", "$insert_id"}

func isReserved(name string) bool {
	for _, r := range reservedProperties {
		if r == name {
			return true
		}
	}
	return false
}

// eventNames of the messages that carry identity, Mixpanel's.
const (
	createAliasEvent = "$create_alias"
	identifyEvent    = "$identify"
)

// own are the properties of one call, sifted.
type callProperties struct {
	verbatim string     // the members as raw text, where they can be spliced as they are
	filtered Properties // else, one by one
	time     string     // the call's own time, raw
	insertID string     // the call's own insert id
}

// set adds a property of the library's own, in place of any of that name.
func (o *callProperties) set(name, raw string) {
	if o.verbatim != "" {
		o.filtered, _ = ParseProperties("{" + o.verbatim + "}")
		o.verbatim = ""
	}
	o.filtered.Set(name, raw)
}

// message puts one event together: page defaults, marketing, super properties and who the visitor is; then the call's own, each of
// which overrides those before, but for what no call can touch.
func (v *Visitor) buildMessage(at Call, event, distinctID string, o callProperties) Message {
	c := v.currentHead()
	head := c.text
	if o.filtered.Len() > 0 || distinctID != v.record.DistinctID {
		head = c.buildHead(&o.filtered, distinctID)
	}
	insertID := at.InsertID
	if o.insertID != "" {
		insertID = o.insertID
	}
	bytes := len(o.verbatim) + len(event) + len(insertID) + 64
	o.filtered.Each(func(name, raw string) bool {
		bytes += len(name) + len(raw) + len(`"":,`)
		return true
	})
	b := make([]byte, 0, bytes)
	if o.verbatim != "" {
		b = append(append(b, o.verbatim...), ',')
	}
	o.filtered.Each(func(name, raw string) bool {
		b = append(appendMember(b, name, raw), ',')
		return true
	})
	b = appendStringMember(b, "$insert_id", insertID)
	b = append(b, `"time":`...)
	if o.time != "" {
		b = append(b, o.time...)
	} else {
		b = jsontext.AppendThousandths(b, at.TimeMS)
	}
	b = append(jsontext.AppendQuote(append(b, `},"event":`...), event), '}')
	return Message{Event: event, DistinctID: distinctID, TimeMS: at.TimeMS, InsertID: insertID, Head: head, Rest: jsontext.Text(b)}
}

func appendStringMember(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), '"', ':')
	return append(jsontext.AppendQuote(b, value), ',')
}
