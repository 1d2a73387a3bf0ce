package identity

import "github.com/throughline/throughline/identity/jsontext"

// maxInsertIDBytes is Mixpanel's limit.
const maxInsertIDBytes = 36

// duration is the property that time_event gives, Mixpanel's.
const durationProperty = "$duration"

// MaxEventNameBytes is the longest name of an event, in bytes: Mixpanel's limit, and that of the collector.
const MaxEventNameBytes = 255

// Track records an event. Warns: BadEventName (then nothing is recorded), EventNameCut, BadProperties, ReservedProperty,
// EventNameResembles, OptedOut.
func (v *Visitor) Track(at Call, event, properties Value) Outcome {
	var o Outcome
	name, ok := parseEventName(&o, "track", event)
	if !ok || v.isOutdated(at) || v.rejectOptedOut(&o, "track") {
		return o
	}
	v.checkEventName(&o, name)
	mine := v.parseCallProperties(&o, name, properties)
	if started, timed := v.takeTimer(name); timed && !v.isBlocked(durationProperty) {
		mine.set(durationProperty, jsontext.Text(jsontext.AppendThousandths(nil, max(0, at.TimeMS-started))))
	}
	o.Messages = []Message{v.buildMessage(at, name, v.record.DistinctID, mine)}
	return o
}

// eventName takes the name of an event from a call. A name that is too long is cut, at the end of a letter, for the collector would refuse
// the event; all methods cut it alike, so that a clock and its event find each other.
func parseEventName(o *Outcome, method string, event Value) (string, bool) {
	name, ok := jsontext.Unquote(string(event))
	if !ok || name == "" {
		o.warn(BadEventName, method, string(event))
		return "", false
	}
	if len(name) > MaxEventNameBytes {
		o.warn(EventNameCut, method, name)
		name = string([]byte(truncate(name, MaxEventNameBytes))) // Not the text of all that was cut off.
	}
	return name, true
}

// Note records an event of the library's own, with the members of a JSON object as its properties.
func (v *Visitor) TrackInternal(at Call, event, object string) Outcome {
	var o Outcome
	if !v.record.OptedOut {
		o.Messages = []Message{v.buildMessage(at, event, v.record.DistinctID, v.parseCallProperties(&o, event, Value(object)))}
	}
	return o
}

// sift looks through a call's properties. Where none of them is already there, reserved or blocked, their text is used as it is.
func (v *Visitor) parseCallProperties(o *Outcome, event string, properties Value) callProperties {
	raw := trimSpace(string(properties))
	if raw == "" || raw == "null" {
		return callProperties{}
	}
	c := v.currentHead()
	clean := true
	err := jsontext.Object(raw, func(name, _ string) bool {
		if c.mayNeedFilter[nameHash(name)] {
			clean = clean && !isReserved(name) && c.properties.indexOf(name) < 0 && !v.isBlocked(name)
		}
		return true
	})
	switch {
	case err != nil:
		o.warn(BadProperties, "track("+event+")", raw)
		return callProperties{}
	case clean:
		return callProperties{verbatim: trimSpace(raw[1 : len(raw)-1])}
	}
	return v.filterProperties(o, raw)
}

// pick goes through the properties one by one. Mixpanel lets a call say its own time and insert id, to record what happened before.
func (v *Visitor) filterProperties(o *Outcome, raw string) callProperties {
	var picked callProperties
	_ = jsontext.Object(raw, func(name, value string) bool {
		switch {
		case name == "time" && isNumber(value):
			picked.time = value
		case name == "$insert_id" && isInsertID(stringContent(value)):
			picked.insertID = value[1 : len(value)-1]
		case isReserved(name):
			o.warn(ReservedProperty, "track", name)
		case !v.isBlocked(name):
			picked.filtered.Set(name, value)
		}
		return true
	})
	return picked
}

// meet warns of a name that seems to be another one mistyped, the first time it comes.
func (v *Visitor) checkEventName(o *Outcome, name string) {
	const most = 100
	if v.declaredEvents.indexOf(name) >= 0 || len(v.seenEvents) == most || hasPrefix(name, "$") || containsString(v.seenEvents, name) {
		return
	}
	known := v.config.EventNames
	if len(known) == 0 {
		known = v.seenEvents
	}
	if like, ok := SuggestName(name, known); ok {
		o.warn(EventNameResembles, name, like)
	}
	v.seenEvents = append(v.seenEvents, string([]byte(name))) // Not the text of all that was tracked with it.
}

func isNumber(raw string) bool {
	return raw[0] == '-' || isDigit(raw[0])
}

// quoted returns what is between the quotes of a JSON string, as raw text; "" where there are none.
func stringContent(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return raw[1 : len(raw)-1]
}

// insertID reports whether a message may have this insert id: Mixpanel's rule.
func isInsertID(id string) bool {
	if id == "" || len(id) > maxInsertIDBytes {
		return false
	}
	for _, c := range []byte(id) {
		if l := lowerASCII(c); !isDigit(c) && c != '-' && (l < 'a' || l > 'z') {
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
