package identity

import "github.com/throughline/throughline/identity/jsontext"

// TimeEvent starts a clock: the next event of that name carries `$duration`, in seconds with three decimals. Where the page's clock was
// set back meanwhile that is 0, never less. Warns: BadEventName, OptedOut.
func (v *Visitor) TimeEvent(at Stamp, event Value) Outcome {
	var o Outcome
	name, ok := textOf(event)
	if !ok || name == "" {
		o.warn(BadEventName, string(event))
		return o
	}
	if !v.refused(&o, "time_event") {
		v.record.Timers.Set(name, jsontext.Text(jsontext.AppendInt(nil, at.TimeMS)))
		v.revision++
	}
	return o
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

func textOf(value Value) (string, bool) { return jsontext.Unquote(string(value)) }
