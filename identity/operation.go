package identity

import "github.com/throughline/throughline/identity/jsontext"

// Endpoint is the part of Mixpanel's interface that takes a message.
type Endpoint uint8

// The endpoints.
const (
	EventsEndpoint   Endpoint = iota // /track/
	PeopleEndpoint                   // /engage/, updates of persons' profiles
	GroupsEndpoint                   // /groups/, updates of groups' profiles
	DeletionEndpoint                 // /engage/, deletions of the profiles of visitors who opt out: their opt-out must not delete these
	EndpointCount
)

// operation is what an update does to properties of a profile, or to all of it.
type operation uint8

// The operations, in the order in which those that waited are sent. What was set after something was unset, appended after it was removed, and
// so on has the same outcome in this order as in that of the calls. Only a list that is both united and appended to may differ, as with
// mixpanel-browser.
const (
	opUnset operation = iota
	opSet
	opSetOnce
	opAdd
	opRemove
	opUnion
	opAppend
	opDelete
)

// operators are the names of the operations in updates.
var operators = [...]string{"$unset", "$set", "$set_once", "$add", "$remove", "$union", "$append", "$delete"}

// isOneByOne reports whether an update takes one item for each property, so that a list of items takes several updates.
func (op operation) isOneByOne() bool { return op == opAdd || op == opRemove || op == opAppend }

// reservedProfileProperties say whose profile an update changes. The library sets them, and drops them where a page sets them.
var reservedProfileProperties = [...]string{
	"$token", "$distinct_id", "$device_id", "$user_id", "$had_persisted_distinct_id", "$group_key", "$group_id",
}

// parseOperands parses the arguments of a method such as people.set: a name and its operand, or an object of several; for unset, a name or an
// array of names. Properties that are reserved, blocked or have an operand of a wrong type are left out. It reports whether the arguments are
// properties at all.
func (v *Visitor) parseOperands(o *Outcome, method string, op operation, args []Value, operands *Properties) bool {
	err := jsontext.Object(operandsObject(op, string(args[0]), string(args[1])), func(name, raw string) bool {
		isWrong := false
		switch op {
		case opAdd:
			if raw[0] == '"' {
				raw = raw[1 : len(raw)-1] // mixpanel-browser accepts numbers as text.
			}
			isWrong = raw == "" || !isNumber(raw) || !jsontext.Valid(raw)
		case opUnion:
			raw = asList(raw)
		}
		switch {
		case containsString(reservedProfileProperties[:], name):
			o.warn(ReservedProperty, method, name)
		case isWrong:
			o.warn(BadProperties, method, raw)
		case !v.isBlocked(name):
			operands.Set(name, raw)
		}
		return true
	})
	if err != nil {
		o.warn(BadProperties, method, string(args[0]))
		return false
	}
	return true
}

// operandsObject returns the arguments of a call as an object of properties and operands, or another text if they are wrong.
func operandsObject(op operation, first, second string) string {
	switch {
	case op == opUnset:
		names := ""
		_ = jsontext.Array(asList(first), func(name string) bool {
			names += "," + name + ":true"
			return true
		})
		return "{" + names[min(1, len(names)):] + "}"
	case first != "" && first[0] == '{':
		return first
	case op == opAdd && (second == "" || second == "null"):
		second = "1" // Mixpanel's default.
	}
	return "{" + first + ":" + second + "}"
}

// formatUpdate returns the member of an update that says what it does, such as "$set":{"plan":"pro"}. whole is the operand of $delete.
func formatUpdate(op operation, operands *Properties, whole string) string {
	text := whole
	switch op {
	case opDelete:
	case opUnset:
		text = "[]"
		operands.Each(func(name, _ string) bool {
			text = appendItem(text, jsontext.Quote(name))
			return true
		})
	default:
		text = string(operands.AppendJSON(nil))
	}
	return `"` + operators[op] + `":` + text
}

// update makes an update the answer of a call and, if isSent, a message. head says whose profile it is.
func (o *Outcome) update(head, text string, op operation, endpoint Endpoint, isSent bool) {
	text += "}"
	o.Answer = head + text
	if isSent {
		m := o.addMessage()
		m.Endpoint, m.Head, m.Rest, m.Cumulative = endpoint, head, text, op == opAdd || op == opAppend
	}
}

// NeutralUpdate returns an update of the same profile that changes nothing. update must be the JSON of a Message.
func NeutralUpdate(update string) string {
	for _, operator := range &operators {
		// A string cannot contain this text, because its quotes would be escaped.
		if i := indexOfText(update, `,"`+operator+`":`); i >= 0 {
			update = update[:i]
		}
	}
	return update + `,"$unset":[]}`
}

// The functions below are for JSON arrays as raw texts without white space. Items are compared as texts.

// asList returns an array as it is, and any other value as an array with one item.
func asList(raw string) string {
	if raw == "" || raw[0] == '[' {
		return raw
	}
	return "[" + raw + "]"
}

// appendItem appends an item to an array, or to a new one if list is "".
func appendItem(list, item string) string {
	if len(list) < len("[0]") {
		return "[" + item + "]"
	}
	return list[:len(list)-1] + "," + item + "]"
}

// withoutItem returns an array without the items that equal item.
func withoutItem(list, item string) string {
	rest := "[]"
	_ = jsontext.Array(list, func(other string) bool {
		if other != item {
			rest = appendItem(rest, other)
		}
		return true
	})
	return rest
}

// addMissing appends an item to an array, unless it is there.
func addMissing(list, item string) string {
	if len(withoutItem(list, item)) == max(len(list), len("[]")) {
		list = appendItem(list, item)
	}
	return list
}

// itemAt returns the i-th item of an array, or "".
func itemAt(list string, i int) (item string) {
	_ = jsontext.Array(list, func(raw string) bool {
		if i == 0 {
			item = raw
		}
		i--
		return i >= 0
	})
	return item
}
