package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// Call runs one call of the page and returns its answer as JSON text, "" where there is none. args is the text of a JSON array.
func (t *Tracker) Call(method Method, at identity.Stamp, args string) string {
	t.begin(at.TimeMS)
	first, second := firstTwo(args)
	switch method {
	case MethodGetDistinctID:
		return quote(t.visitor.DistinctID())
	case MethodGetProperty:
		return t.property(text(first))
	case MethodHasOptedOut:
		return boolean(t.visitor.OptedOut())
	case MethodConfigure:
		t.Configure(first)
	case MethodUnknown:
		name := text(first)
		like, _ := identity.Resembles(name, methodNames)
		t.warn([]identity.Warning{identity.NewWarning(identity.CodeUnknownMethod, name, like)})
	default:
		t.take(at, t.change(method, at, first, second))
	}
	return ""
}

func (t *Tracker) change(method Method, at identity.Stamp, first, second string) identity.Outcome {
	v := t.visitor
	switch method {
	case MethodTrack:
		t.showPage()
		return v.TrackValue(at, first, second)
	case MethodAlias:
		t.showPage()
		return v.AliasValue(at, first, second)
	case MethodIdentify:
		t.showPage()
		return v.IdentifyValue(at, first)
	case MethodReset:
		return v.Reset(at, t.newDeviceID())
	case MethodRegister:
		return v.RegisterValue(at, first)
	case MethodRegisterOnce:
		return v.RegisterOnceValue(at, first, second)
	case MethodUnregister:
		return v.UnregisterValue(at, first)
	case MethodTimeEvent:
		return v.TimeEventValue(at, first)
	case MethodOptOut:
		return v.OptOut(at)
	case MethodOptIn:
		return v.OptIn(at)
	}
	return identity.Outcome{}
}

// take sends the messages on their way and tells the warnings.
func (t *Tracker) take(at identity.Stamp, outcome identity.Outcome) {
	for _, m := range outcome.Messages {
		t.outbox.Append(at.TimeMS, outboxMessage(m))
	}
	t.warn(outcome.Warnings)
}

// firstTwo returns the raw texts of the first two arguments; an absent one, or null, which is what undefined becomes, is "".
func firstTwo(args string) (first, second string) {
	i := 0
	_ = jsontext.Array(args, func(value string) bool {
		if value == "null" {
			value = ""
		}
		if i == 0 {
			first = value
		} else {
			second = value
		}
		i++
		return i < 2
	})
	return first, second
}
