package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// registerOptions are the last argument of register, register_once and unregister, in mixpanel-browser: an object, or a number of days.
type registerOptions struct {
	temporary bool  // for the events of this page only
	days      int64 // how long mixpanel-browser's cookie is kept
}

func (t *Tracker) parseRegisterOptions(raw string) registerOptions {
	if raw == "" || raw == "null" {
		return registerOptions{days: t.config.CookieDays}
	}
	options := registerOptions{days: t.config.CookieDays}
	if days, ok := jsontext.ParseInt(raw); ok {
		options.days = days
	}
	_ = jsontext.Object(raw, func(name, value string) bool {
		days, ok := jsontext.ParseInt(value)
		switch {
		case name == "persistent":
			options.temporary = value == "false" || value == "null" || value == "0" || value == `""`
		case name == "days" && ok:
			options.days = days
		}
		return true
	})
	return options
}

// register makes a call of register, register_once or unregister. rest is the text of the arguments after the first.
func (t *Tracker) register(v *identity.Visitor, method Method, call identity.Call, first identity.Value, rest string) identity.Outcome {
	defaultValue, last := "", rest
	if method == MethodRegisterOnce {
		defaultValue, last = firstTwoValues(rest)
	}
	options := t.parseRegisterOptions(last)
	if method != MethodUnregister && !options.temporary {
		t.mixpanel.days = options.days
	}
	switch {
	case method == MethodRegister && options.temporary:
		return v.RegisterTemporary(first)
	case method == MethodRegister:
		return v.Register(call, first)
	case method == MethodRegisterOnce && options.temporary:
		return v.RegisterOnceTemporary(first, identity.Value(defaultValue))
	case method == MethodRegisterOnce:
		return v.RegisterOnce(call, first, identity.Value(defaultValue))
	case options.temporary:
		return v.UnregisterTemporary(first)
	}
	return v.Unregister(call, first)
}
