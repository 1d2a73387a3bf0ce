package identity

import "github.com/throughline/throughline/identity/jsontext"

// MaxTimers is the maximum number of timers that run at once. Without a limit, timers of events that are never tracked would fill the
// record.
const MaxTimers = 500

// TimeEvent starts a timer for the event of this name. The next Track of the event stops it and gets `$duration`, in seconds with three
// decimals; it is 0 if the browser's clock was set back meanwhile. Starting a timer that runs restarts it.
//
// Warnings: BadEventName and OptedOut (then nothing changes), EventNameCut, TooManyTimers. Source: Mixpanel's time_event.
func (v *Visitor) TimeEvent(call Call, event Value) Outcome {
	var o Outcome
	name, ok := parseEventName(&o, "time_event", event)
	if !ok || v.isOutdated(call) || v.rejectOptedOut(&o, "time_event") {
		return o
	}
	timers := &v.record.Timers
	if timers.Len() >= MaxTimers && timers.indexOf(name) < 0 {
		timers.dropFirst(timers.Len() - MaxTimers) // A stored record may have more, from mixpanel-browser for example.
		longest := longestRunningTimer(timers)
		timers.Delete(longest)
		o.warn(TooManyTimers, name, longest)
	}
	timers.Set(name, jsontext.UnsafeString(jsontext.AppendInt(nil, call.TimeMS)))
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

// stopTimer stops the timer of an event and returns the time at which it was started, in milliseconds since 1970. ok is false if there is
// no timer.
func (v *Visitor) stopTimer(event string) (started int64, ok bool) {
	raw, ok := v.record.Timers.Get(event)
	if !ok {
		return 0, false
	}
	v.record.Timers.Delete(event)
	v.revision++
	return jsontext.ParseInt(raw)
}
