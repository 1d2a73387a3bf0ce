package identity

import "github.com/throughline/throughline/identity/jsontext"

// maxInsertIDBytes is Mixpanel's limit.
const maxInsertIDBytes = 36

// duration is the property that time_event gives, Mixpanel's.
const duration = "$duration"

// Track records an event. Warns: BadEventName (then nothing is recorded), BadProperties, ReservedProperty, EventNameResembles, OptedOut.
func (v *Visitor) Track(at Stamp, event, properties Value) Outcome {
	var o Outcome
	name, ok := jsontext.Unquote(string(event))
	if !ok || name == "" {
		o.warn(BadEventName, string(event))
		return o
	}
	if v.refused(&o, "track") {
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
		case name == "$insert_id" && insertID(value):
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
	if contains(v.eventsMet, name) || len(v.eventsMet) == most || len(name) > maxComparedBytes || hasPrefix(name, "$") || contains(v.config.EventNames, name) {
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

func insertID(raw string) bool {
	if len(raw) < 3 || len(raw) > maxInsertIDBytes+2 || raw[0] != '"' {
		return false
	}
	for _, c := range []byte(raw[1 : len(raw)-1]) {
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
