package identity

import "github.com/throughline/throughline/identity/jsontext"

// maxInsertIDBytes is Mixpanel's limit on `$insert_id`.
const maxInsertIDBytes = 36

// durationProperty is Mixpanel's name for the seconds since TimeEvent.
const durationProperty = "$duration"

// MaxEventNameBytes is the maximum length of an event's name in bytes. Mixpanel and the collector reject longer ones.
const MaxEventNameBytes = 255

// Track records an event with a name, a JSON string, and properties, a JSON object or "". Of the reserved properties it accepts time, in
// seconds since 1970, and $insert_id, so that a page can record events of the past. The event gets $duration if TimeEvent started a timer
// for it.
//
// Warnings: BadEventName and OptedOut (then nothing is recorded), EventNameCut, BadProperties (then the event has none of its own),
// ReservedProperty, EventNameResembles, PlanViolated. Source: Mixpanel's track.
func (v *Visitor) Track(call Call, event, properties Value) Outcome {
	var o Outcome
	v.track(&o, call, "track", event, properties, "")
	return o
}

// track is Track with further properties: groups is an object of group keys and ids, or "". Members that are null are left out.
func (v *Visitor) track(o *Outcome, call Call, method string, event, properties, groups Value) {
	name, ok := parseEventName(o, method, event)
	if !ok || v.isOutdated(call) || v.rejectOptedOut(o, method) {
		return
	}
	v.checkEventName(o, name)
	v.checkPlan(o, name, properties)
	var own callProperties
	v.parseCallProperties(o, &own, name, properties)
	if groups != "" && groups != "null" {
		v.addGroups(o, &own, method, string(groups))
	}
	if started, ok := v.stopTimer(name); ok && !v.isBlocked(durationProperty) {
		own.set(durationProperty, jsontext.UnsafeString(jsontext.AppendThousandths(nil, max(0, call.TimeMS-started))))
	}
	v.buildMessage(o, call, name, v.record.DistinctID, &own)
}

func (v *Visitor) addGroups(o *Outcome, own *callProperties, method, groups string) {
	err := jsontext.Object(groups, func(name, raw string) bool {
		switch {
		case isReserved(name):
			o.warn(ReservedProperty, method, name)
		case raw != "null" && !v.isBlocked(name):
			own.set(name, raw)
		}
		return true
	})
	if err != nil {
		o.warn(BadProperties, method, groups)
	}
}

// TrackInternal records an event that the library itself creates, such as $dropped. object is a JSON object with its properties. While the
// visitor has opted out, nothing is recorded, and there is no warning, because the page did not make this call.
func (v *Visitor) TrackInternal(call Call, event, object string) Outcome {
	var o Outcome
	if !v.record.OptedOut {
		var own callProperties
		v.parseCallProperties(&o, &own, event, Value(object))
		v.buildMessage(&o, call, event, v.record.DistinctID, &own)
	}
	return o
}

// parseEventName parses the argument event. A name that the collector would reject is truncated. Every method truncates alike, so that a
// timer is found by the event that stops it.
func parseEventName(o *Outcome, method string, event Value) (name string, ok bool) {
	name, ok = jsontext.Unquote(string(event))
	if !ok || name == "" {
		o.warn(BadEventName, method, string(event))
		return "", false
	}
	if len(name) > MaxEventNameBytes {
		o.warn(EventNameCut, method, name)
		name = string([]byte(truncate(name, MaxEventNameBytes))) // A copy, so that the long text can be freed.
	}
	return name, true
}

// parseCallProperties parses the argument properties into own. In the usual case, where no property is reserved, blocked or overrides one in the
// message head, their text is used as it is.
func (v *Visitor) parseCallProperties(o *Outcome, own *callProperties, event string, properties Value) {
	raw := jsontext.TrimSpace(string(properties))
	if raw == "" || raw == "null" {
		return
	}
	h := v.currentHead()
	isVerbatim := true
	err := jsontext.Object(raw, func(name, _ string) bool {
		if h.needsFilter[nameHash(name)] {
			isVerbatim = isVerbatim && !isReserved(name) && h.properties.indexOf(name) < 0 && !v.isBlocked(name)
		}
		return true
	})
	switch {
	case err != nil:
		o.warn(BadProperties, "track("+event+")", raw)
	case isVerbatim:
		own.verbatim = jsontext.TrimSpace(raw[1 : len(raw)-1])
	default:
		v.filterProperties(o, own, raw)
	}
}

// filterProperties parses properties one by one, and leaves out reserved and blocked ones.
func (v *Visitor) filterProperties(o *Outcome, own *callProperties, raw string) {
	_ = jsontext.Object(raw, func(name, value string) bool {
		switch {
		case name == "time" && isNumber(value):
			own.time = value
		case name == "$insert_id" && isInsertID(stringContent(value)):
			own.insertID = value[1 : len(value)-1]
		case isReserved(name):
			o.warn(ReservedProperty, "track", name)
		case !v.isBlocked(name):
			own.filtered.Set(name, value)
		}
		return true
	})
}

// checkEventName adds the warning EventNameResembles the first time that a name is tracked which resembles a declared one or, if the site
// declares none, one that was tracked before. With a tracking plan, checkPlan says more.
func (v *Visitor) checkEventName(o *Outcome, name string) {
	const maxSeen = 100 // Memory and comparisons must stay bounded if a page makes up names.
	if v.config.Plan.Len() > 0 || v.declaredEvents.indexOf(name) >= 0 || len(v.seenEvents) == maxSeen || hasPrefix(name, "$") || containsString(v.seenEvents, name) {
		return
	}
	known := v.config.EventNames
	if len(known) == 0 {
		known = v.seenEvents
	}
	if similar, ok := SuggestName(name, known); ok {
		o.warn(EventNameResembles, name, similar)
	}
	v.seenEvents = append(v.seenEvents, string([]byte(name))) // A copy, because name is part of the text of a whole task.
}

// stringContent returns what is between the quotes of a JSON string, with its escapes, or "" for a value of another type.
func stringContent(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return raw[1 : len(raw)-1]
}

// isInsertID reports whether Mixpanel accepts id as an insert id.
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
