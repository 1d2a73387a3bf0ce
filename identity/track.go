package identity

import "github.com/throughline/throughline/identity/jsontext"

// maxInsertIDBytes is Mixpanel's limit.
const maxInsertIDBytes = 36

// duration is the property that time_event gives, Mixpanel's.
const duration = "$duration"

// MaxEventNameBytes is the longest name of an event, in bytes: Mixpanel's limit, and that of the collector.
const MaxEventNameBytes = 255

// Track records an event. Warns: BadEventName (then nothing is recorded), EventNameCut, BadProperties, ReservedProperty,
// EventNameResembles, OptedOut.
func (v *Visitor) Track(at Stamp, event, properties Value) Outcome {
	var o Outcome
	name, ok := eventName(&o, "track", event)
	if !ok || v.outdated(at) || v.refused(&o, "track") {
		return o
	}
	v.meet(&o, name)
	mine := v.sift(&o, name, properties)
	if started, timed := v.takeTimer(name); timed && !v.blocked(duration) {
		mine.set(duration, jsontext.Text(jsontext.AppendThousandths(nil, max(0, at.TimeMS-started))))
	}
	o.Messages = []Message{v.message(at, name, v.record.DistinctID, mine)}
	return o
}

// eventName takes the name of an event from a call. A name that is too long is cut, at the end of a letter, for the collector would refuse
// the event; all methods cut it alike, so that a clock and its event find each other.
func eventName(o *Outcome, method string, event Value) (string, bool) {
	name, ok := jsontext.Unquote(string(event))
	if !ok || name == "" {
		o.warn(BadEventName, method, string(event))
		return "", false
	}
	if len(name) > MaxEventNameBytes {
		o.warn(EventNameCut, method, name)
		name = string([]byte(cut(name, MaxEventNameBytes))) // Not the text of all that was cut off.
	}
	return name, true
}

// Note records an event of the library's own, with the members of a JSON object as its properties.
func (v *Visitor) Note(at Stamp, event, object string) Outcome {
	var o Outcome
	if !v.record.OptedOut {
		o.Messages = []Message{v.message(at, event, v.record.DistinctID, v.sift(&o, event, Value(object)))}
	}
	return o
}

// sift looks through a call's properties. Where none of them is already there, reserved or blocked, their text is used as it is.
func (v *Visitor) sift(o *Outcome, event string, properties Value) own {
	raw := trimSpace(string(properties))
	if raw == "" || raw == "null" {
		return own{}
	}
	c := v.commonText()
	clean := true
	err := jsontext.Object(raw, func(name, _ string) bool {
		if c.odd[markOf(name)] {
			clean = clean && !isReserved(name) && c.bag.index(name) < 0 && !v.blocked(name)
		}
		return true
	})
	switch {
	case err != nil:
		o.warn(BadProperties, "track("+event+")", raw)
		return own{}
	case clean:
		return own{inner: trimSpace(raw[1 : len(raw)-1])}
	}
	return v.pick(o, raw)
}

// pick goes through the properties one by one. Mixpanel lets a call say its own time and insert id, to record what happened before.
func (v *Visitor) pick(o *Outcome, raw string) own {
	var picked own
	_ = jsontext.Object(raw, func(name, value string) bool {
		switch {
		case name == "time" && number(value):
			picked.time = value
		case name == "$insert_id" && insertID(quoted(value)):
			picked.insertID = value[1 : len(value)-1]
		case isReserved(name):
			o.warn(ReservedProperty, "track", name)
		case !v.blocked(name):
			picked.picked.Set(name, value)
		}
		return true
	})
	return picked
}

// meet warns of a name that seems to be another one mistyped, the first time it comes.
func (v *Visitor) meet(o *Outcome, name string) {
	const most = 100
	if v.declared.index(name) >= 0 || len(v.eventsMet) == most || hasPrefix(name, "$") || contains(v.eventsMet, name) {
		return
	}
	known := v.config.EventNames
	if len(known) == 0 {
		known = v.eventsMet
	}
	if like, ok := Resembles(name, known); ok {
		o.warn(EventNameResembles, name, like)
	}
	v.eventsMet = append(v.eventsMet, string([]byte(name))) // Not the text of all that was tracked with it.
}

func number(raw string) bool {
	return raw[0] == '-' || digit(raw[0])
}

// quoted returns what is between the quotes of a JSON string, as raw text; "" where there are none.
func quoted(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return raw[1 : len(raw)-1]
}

// insertID reports whether a message may have this insert id: Mixpanel's rule.
func insertID(id string) bool {
	if id == "" || len(id) > maxInsertIDBytes {
		return false
	}
	for _, c := range []byte(id) {
		if l := lower(c); !digit(c) && c != '-' && (l < 'a' || l > 'z') {
			return false
		}
	}
	return true
}

func trimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\n' || s[0] == '\t' || s[0] == '\r') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\n' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}
