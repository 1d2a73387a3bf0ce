package identity

import "github.com/throughline/throughline/identity/jsontext"

// Bounds on super properties. Every event carries them all, and each change of one writes them all to storage; Mixpanel takes 255 properties
// an event. With more bytes than that together, no event would be left within the two megabytes that a collector takes.
const (
	MaxSuperProperties = 1000
	MaxSuperBytes      = 1_500_000 // names and values
)

// Register sends these properties, a JSON object, with every later event. While opted out it does so too, for the events that come after
// OptIn. Warns: BadProperties, ReservedProperty, TooManyProperties.
func (v *Visitor) Register(_ Call, properties Value) Outcome {
	return v.register("register", properties, func(string) bool { return true })
}

// noDefault is the value that register_once overwrites, Mixpanel's.
const defaultUnset = Value(`"None"`)

// RegisterOnce is Register for the properties that are not there yet, or have the default value ("None" where the call leaves it out).
// Warns as Register does.
func (v *Visitor) RegisterOnce(_ Call, properties, defaultValue Value) Outcome {
	if defaultValue == "" {
		defaultValue = defaultUnset
	}
	return v.register("register_once", properties, func(name string) bool {
		raw, there := v.record.Super.Get(name)
		return !there || raw == string(defaultValue)
	})
}

func (v *Visitor) register(method string, properties Value, wanted func(name string) bool) Outcome {
	var o Outcome
	bag, err := ParseProperties(string(properties))
	if err != nil {
		o.warn(BadProperties, method, string(properties))
		return o
	}
	super := &v.record.Super
	bytes, set, leftOut, firstOut := super.byteSize(), false, 0, ""
	bag.Each(func(name, raw string) bool {
		old, there := super.Get(name)
		more := len(raw) - len(old)
		if !there {
			more += len(name)
		}
		switch {
		case isReserved(name):
			o.warn(ReservedProperty, method, name)
		case !wanted(name) || there && old == raw:
		case more > 0 && bytes+more > MaxSuperBytes || !there && super.Len() >= MaxSuperProperties:
			if leftOut++; leftOut == 1 {
				firstOut = name
			}
		default:
			super.Set(name, raw)
			bytes += more
			set = true
		}
		return true
	})
	if set {
		v.recordChanged()
	}
	if leftOut > 0 {
		o.warn(TooManyProperties, method, jsontext.Text(jsontext.AppendInt(nil, int64(leftOut))), firstOut)
	}
	return o
}

// Unregister stops sending one super property. Warns: BadProperties where the name is not a string.
func (v *Visitor) Unregister(_ Call, property Value) Outcome {
	var o Outcome
	name, ok := unquote(property)
	if !ok {
		o.warn(BadProperties, "unregister", string(property))
	} else if v.record.Super.Delete(name) {
		v.recordChanged()
	}
	return o
}
