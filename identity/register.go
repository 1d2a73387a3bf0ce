package identity

import "github.com/throughline/throughline/identity/jsontext"

// Limits on super properties. Every event carries all of them, and every change of one writes all of them to storage. Mixpanel accepts 255
// properties per event, and 2 MB per request, which super properties must not fill.
const (
	MaxSuperProperties = 1000
	MaxSuperBytes      = 1_500_000 // of all names and values together
)

// Register sets super properties: properties, a JSON object, is sent with every later event. It works while the visitor has opted out, for
// the events after OptIn.
//
// Warnings: BadProperties (then nothing changes), ReservedProperty, TooManyProperties. Source: Mixpanel's register.
func (v *Visitor) Register(_ Call, properties Value) Outcome {
	return v.register("register", properties, func(string) bool { return true })
}

// unsetValue is the default of RegisterOnce's argument defaultValue, as in mixpanel-browser.
const unsetValue = Value(`"None"`)

// RegisterOnce is Register, except that it keeps super properties that are already set to another value than defaultValue, which is "None"
// if the call leaves it out.
//
// Warnings: as Register. Source: Mixpanel's register_once.
func (v *Visitor) RegisterOnce(_ Call, properties, defaultValue Value) Outcome {
	if defaultValue == "" {
		defaultValue = unsetValue
	}
	return v.register("register_once", properties, func(name string) bool {
		raw, ok := v.record.Super.Get(name)
		return !ok || raw == string(defaultValue)
	})
}

// register sets the super properties for which maySet reports true.
func (v *Visitor) register(method string, properties Value, maySet func(name string) bool) Outcome {
	var o Outcome
	parsed, err := ParseProperties(string(properties))
	if err != nil {
		o.warn(BadProperties, method, string(properties))
		return o
	}
	super := &v.record.Super
	bytes, isChanged, omitted, firstOmitted := super.byteSize(), false, 0, ""
	parsed.Each(func(name, raw string) bool {
		old, exists := super.Get(name)
		added := len(raw) - len(old)
		if !exists {
			added += len(name)
		}
		switch {
		case isReserved(name):
			o.warn(ReservedProperty, method, name)
		case !maySet(name) || exists && old == raw:
		case added > 0 && bytes+added > MaxSuperBytes || !exists && super.Len() >= MaxSuperProperties:
			if omitted++; omitted == 1 {
				firstOmitted = name
			}
		default:
			super.Set(name, raw)
			bytes += added
			isChanged = true
		}
		return true
	})
	if isChanged {
		v.recordChanged()
	}
	if omitted > 0 {
		o.warn(TooManyProperties, method, jsontext.UnsafeString(jsontext.AppendInt(nil, int64(omitted))), firstOmitted)
	}
	return o
}

// Unregister removes a super property, given by its name, a JSON string.
//
// Warnings: BadProperties if the name is not a string. Source: Mixpanel's unregister.
func (v *Visitor) Unregister(_ Call, property Value) Outcome {
	var o Outcome
	name, ok := jsontext.Unquote(string(property))
	if !ok {
		o.warn(BadProperties, "unregister", string(property))
	} else if v.record.Super.Delete(name) {
		v.recordChanged()
	}
	return o
}
