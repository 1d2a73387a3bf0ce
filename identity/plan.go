package identity

import "github.com/throughline/throughline/identity/jsontext"

// PlanEvents returns the events of a tracking plan, each name with its description, and whether the plan can be read. A plan is a JSON object with an
// object events. The description of an event is a subset of JSON Schema: an object of properties, each with a type or an array of types, an array
// required, and additionalProperties, which is true if further properties are fine.
func PlanEvents(plan string) (events Properties, ok bool) {
	err := jsontext.Object(plan, func(name, raw string) bool {
		if name == "events" {
			events, _ = ParseProperties(raw)
		}
		return true
	})
	return events, err == nil && events.Len() > 0
}

// checkPlan adds the warning PlanViolated for each way in which a call differs from the tracking plan. What Mixpanel or the library itself names, with
// a $ or mp_ in front, is never wrong.
func (v *Visitor) checkPlan(o *Outcome, event string, properties Value) {
	if v.config.Plan.Len() == 0 || hasPrefix(event, "$") {
		return
	}
	description, isPlanned := v.config.Plan.Get(event)
	if !isPlanned {
		if !containsString(v.config.EventNames, event) {
			o.warn(PlanViolated, event, "the tracking plan has no event of that name"+didYouMean(event, v.config.EventNames))
		}
		return
	}
	planned, required, isOpen := parseDescription(description)
	given, _ := ParseProperties(string(properties))
	given.Each(func(name, raw string) bool {
		if isOfLibrary(name) {
			return true
		}
		property, isKnown := planned.Get(name)
		if isKnown {
			if wanted := typesOf(property); len(wanted) > 0 && !isOfType(raw, wanted) {
				o.warn(PlanViolated, event, name+" is of type "+jsontext.TypeOf(raw)+", and the tracking plan wants "+joinWords(wanted))
			}
		} else if !isOpen {
			o.warn(PlanViolated, event, "the tracking plan has no property "+name+didYouMean(name, planned.Names()))
		}
		return true
	})
	for _, name := range required {
		raw, isGiven := given.Get(name)
		if raw == "null" {
			// Whether it may be null, its type says, of which there was a warning above.
			property, _ := planned.Get(name)
			isGiven = len(typesOf(property)) > 0
		}
		if !isGiven && !isOfLibrary(name) && v.currentHead().properties.indexOf(name) < 0 {
			o.warn(PlanViolated, event, "the tracking plan requires the property "+name)
		}
	}
}

// isOfLibrary reports whether Mixpanel or the library itself names a property, and adds it after the plan is checked.
func isOfLibrary(name string) bool {
	return isReserved(name) || hasPrefix(name, "$") || hasPrefix(name, "mp_")
}

func didYouMean(name string, known []string) string {
	if similar, ok := SuggestName(name, known); ok {
		return " (did you mean " + similar + "?)"
	}
	return ""
}

// parseDescription parses the description of an event.
func parseDescription(text string) (properties Properties, required []string, isOpen bool) {
	_ = jsontext.Object(text, func(name, raw string) bool {
		switch name {
		case "properties":
			properties, _ = ParseProperties(raw)
		case "required":
			required = parseTexts(raw)
		case "additionalProperties":
			isOpen = raw == "true"
		}
		return true
	})
	return properties, required, isOpen
}

// typesOf returns the types that a property may have, none if any will do.
func typesOf(description string) (types []string) {
	_ = jsontext.Object(description, func(name, raw string) bool {
		if name == "type" {
			if types = parseTexts(raw); types == nil {
				types = parseTexts("[" + raw + "]")
			}
		}
		return true
	})
	return types
}

// parseTexts returns the strings in a JSON array.
func parseTexts(array string) (texts []string) {
	_ = jsontext.Array(array, func(raw string) bool {
		if s, ok := jsontext.Unquote(raw); ok {
			texts = append(texts, s)
		}
		return true
	})
	return texts
}

// isOfType reports whether a value has one of these types. An integer is a number too.
func isOfType(raw string, types []string) bool {
	is := jsontext.TypeOf(raw)
	return containsString(types, is) || is == "integer" && containsString(types, "number")
}

func joinWords(words []string) string {
	text := words[0]
	for _, w := range words[1:] {
		text += " or " + w
	}
	return text
}
