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
	var o Outcome
	v.register(&o, "register", &v.record.Super, properties, func(string) bool { return true })
	return o
}

// RegisterTemporary is Register for the events of this page only: nothing is stored. These properties override stored ones.
//
// Source: Mixpanel's register with {persistent: false}.
func (v *Visitor) RegisterTemporary(properties Value) Outcome {
	var o Outcome
	v.register(&o, "register", &v.temporary, properties, func(string) bool { return true })
	return o
}

// unsetValue is the default of RegisterOnce's argument defaultValue, as in mixpanel-browser.
const unsetValue = Value(`"None"`)

// RegisterOnce is Register, except that it keeps super properties that are already set to another value than defaultValue, which is "None"
// if the call leaves it out.
//
// Warnings: as Register. Source: Mixpanel's register_once.
func (v *Visitor) RegisterOnce(_ Call, properties, defaultValue Value) Outcome {
	return v.registerOnce(&v.record.Super, properties, defaultValue)
}

// RegisterOnceTemporary is RegisterOnce for the events of this page only.
func (v *Visitor) RegisterOnceTemporary(properties, defaultValue Value) Outcome {
	return v.registerOnce(&v.temporary, properties, defaultValue)
}

func (v *Visitor) registerOnce(super *Properties, properties, defaultValue Value) Outcome {
	if defaultValue == "" {
		defaultValue = unsetValue
	}
	var o Outcome
	v.register(&o, "register_once", super, properties, func(name string) bool {
		raw, ok := super.Get(name)
		return !ok || raw == string(defaultValue)
	})
	return o
}

// register sets the super properties, of the record or of the page, for which maySet reports true.
func (v *Visitor) register(o *Outcome, method string, super *Properties, properties Value, maySet func(name string) bool) {
	var parsed Properties
	err := parsed.parse(string(properties))
	if err != nil {
		o.warn(BadProperties, method, string(properties))
		return
	}
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
			if super == &v.record.Super {
				v.record.Removed.Delete(name)
			}
			bytes += added
			isChanged = true
		}
		return true
	})
	if isChanged {
		super.sortByName()
		v.recordChanged()
	}
	if omitted > 0 {
		o.warn(TooManyProperties, method, jsontext.UnsafeString(jsontext.AppendInt(nil, int64(omitted))), firstOmitted)
	}
}

// Unregister removes a super property, given by its name, a JSON string.
//
// Warnings: BadProperties if the name is not a string. Source: Mixpanel's unregister.
func (v *Visitor) Unregister(call Call, property Value) Outcome {
	var o Outcome
	name, ok := jsontext.Unquote(string(property))
	if !ok {
		o.warn(BadProperties, "unregister", string(property))
	} else if v.record.Super.Delete(name) {
		v.record.noteRemoved(name, call.TimeMS)
		v.recordChanged()
	}
	return o
}

// UnregisterTemporary is Unregister for a property of RegisterTemporary.
func (v *Visitor) UnregisterTemporary(property Value) Outcome {
	if name, ok := jsontext.Unquote(string(property)); ok && v.temporary.Delete(name) {
		v.recordChanged()
	}
	return Outcome{}
}

// removedMS is how long a record says that a super property was removed: longer than a browser takes to show one tab what another has stored.
// maxRemoved limits how many names it says it of.
const (
	removedMS  = 60_000
	maxRemoved = 100
)

func (r *Record) noteRemoved(name string, nowMS int64) {
	kept := Properties{}
	r.Removed.Each(func(old, raw string) bool {
		if ms, _ := jsontext.ParseInt(raw); nowMS-ms < removedMS {
			kept.Set(old, raw)
		}
		return kept.Len() < maxRemoved-1
	})
	kept.Set(name, jsontext.UnsafeString(jsontext.AppendInt(nil, nowMS)))
	kept.sortByName()
	r.Removed = kept
}

// sortByName gives the properties the order that all tabs agree on. If each tab had an order of its own, tabs that merge each other's records
// would store the same properties again and again. The properties are nearly sorted before, so insertion is fast enough.
func (p *Properties) sortByName() {
	isSorted := true
	for i := range p.items {
		item, at := p.items[i], i
		for ; at > 0 && p.items[at-1].name > item.name; at-- {
			p.items[at], isSorted = p.items[at-1], false
		}
		p.items[at] = item
	}
	if !isSorted {
		p.hashIndex = nil
	}
}
