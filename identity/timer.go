package identity

import "github.com/throughline/throughline/identity/jsontext"

// MaxTimers is how many clocks run at most: those of events that never come would pile up in the record for ever.
const MaxTimers = 500

// TimeEvent starts a clock: the next event of that name carries `$duration`, in seconds with three decimals. Where the page's clock was
// set back meanwhile that is 0, never less. Warns: BadEventName, EventNameCut, TooManyTimers, OptedOut.
func (v *Visitor) TimeEvent(at Call, event Value) Outcome {
	var o Outcome
	name, ok := parseEventName(&o, "time_event", event)
	if !ok || v.isOutdated(at) || v.rejectOptedOut(&o, "time_event") {
		return o
	}
	timers := &v.record.Timers
	if timers.Len() >= MaxTimers && timers.indexOf(name) < 0 {
		timers.dropFirst(timers.Len() - MaxTimers) // Of a record that holds more, however it came to them.
		longest := longestRunningTimer(timers)
		timers.Delete(longest)
		o.warn(TooManyTimers, name, longest)
	}
	timers.Set(name, jsontext.Text(jsontext.AppendInt(nil, at.TimeMS)))
	v.revision++
	return o
}

func longestRunningTimer(timers *Properties) (name string) {
	earliest := int64(maxRecordNumber)
	timers.Each(func(event, raw string) bool {
		if started, _ := jsontext.ParseInt(raw); started < earliest {
			name, earliest = event, started
		}
		return true
	})
	return name
}

// takeTimer stops the clock of an event, and returns when it was started.
func (v *Visitor) takeTimer(event string) (started int64, ok bool) {
	raw, ok := v.record.Timers.Get(event)
	if !ok {
		return 0, false
	}
	v.record.Timers.Delete(event)
	v.revision++
	return jsontext.ParseInt(raw)
}

func unquote(value Value) (string, bool) { return jsontext.Unquote(string(value)) }
