package identity

// Register sends these properties, a JSON object, with every later event. Warns: BadProperties, ReservedProperty, OptedOut.
func (v *Visitor) Register(_ Stamp, properties Value) Outcome {
	return v.register("register", properties, func(string) bool { return true })
}

// noDefault is the value that register_once overwrites, Mixpanel's.
const noDefault = Value(`"None"`)

// RegisterOnce is Register for the properties that are not there yet, or have the default value ("None" where the call leaves it out).
// Warns as Register does.
func (v *Visitor) RegisterOnce(_ Stamp, properties, defaultValue Value) Outcome {
	if defaultValue == "" {
		defaultValue = noDefault
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
	if v.refused(&o, method) {
		return o
	}
	bag.Each(func(name, raw string) bool {
		switch old, there := v.record.Super.Get(name); {
		case isReserved(name):
			o.warn(ReservedProperty, method, name)
		case wanted(name) && (!there || old != raw):
			v.record.Super.Set(name, raw)
			v.changed()
		}
		return true
	})
	return o
}

// Unregister stops sending one super property. Warns: BadProperties where the name is not a string, OptedOut.
func (v *Visitor) Unregister(_ Stamp, property Value) Outcome {
	var o Outcome
	name, ok := textOf(property)
	if !ok {
		o.warn(BadProperties, "unregister", string(property))
		return o
	}
	if !v.refused(&o, "unregister") && v.record.Super.Delete(name) {
		v.changed()
	}
	return o
}
