package people

import (
	"encoding/json"
)

// operation is one of Mixpanel's operations on one property of a profile, or several of a kind in one.
type operation struct {
	kind  string
	value json.RawMessage // the operand of $set, $set_once and $add
	list  *list           // the operands of $append, $union and $remove, and the value of a $set whose list was changed since
}

// Kinds of operations, by their names in updates.
const (
	opSet    = "$set"
	opOnce   = "$set_once"
	opAdd    = "$add"
	opAppend = "$append"
	opUnion  = "$union"
	opRemove = "$remove"
	opUnset  = "$unset"
)

func (o *operation) size() int {
	if o.list != nil {
		return itemOverhead + o.list.bytes
	}
	return itemOverhead + len(o.value)
}

// absorb makes o do what it and then the next operation do; it returns false where no one operation does that. o may take over what next holds.
func (o *operation) absorb(next operation) bool {
	switch {
	case next.kind == opSet, next.kind == opUnset: // The value afterwards does not depend on the one before.
		*o = next
	case o.kind == opUnset:
		*o = onAbsent(next)
	case next.kind == opOnce: // Every operation but $unset leaves a value behind.
	case next.kind == opAdd && (o.kind == opSet || o.kind == opAdd):
		o.addNumber(next.value)
	case next.kind == opAdd:
		return false
	case o.kind == opSet:
		o.editList(next)
	case o.kind == next.kind && o.kind == opAppend:
		for _, item := range next.list.items {
			o.list.add(item)
		}
	case o.kind == next.kind:
		for _, item := range next.list.items {
			o.list.addOnce(item)
		}
	default:
		return false
	}
	return true
}

// onAbsent returns what an operation does to a property that does not exist.
func onAbsent(o operation) operation {
	switch o.kind {
	case opUnset:
		return o
	case opAppend:
		return operation{kind: opSet, list: o.list}
	case opUnion, opRemove:
		result := operation{kind: opSet, list: &list{}}
		result.editList(o)
		return result
	}
	return operation{kind: opSet, value: o.value}
}

// addNumber adds to a number that is set or will be added. What is no number stays as it is.
func (o *operation) addNumber(value json.RawMessage) {
	sum, ok := number(o.value)
	n, isNumber := number(value)
	if !ok || !isNumber {
		return
	}
	if total, err := json.Marshal(sum + n); err == nil { // JSON cannot say infinity.
		o.value = total
	}
}

// editList applies an operation on a list to a value that is set. What is no list stays as it is.
func (o *operation) editList(next operation) {
	if o.list == nil {
		items := items(o.value)
		if items == nil {
			return
		}
		o.value, o.list = nil, newList(items)
	}
	for _, item := range next.list.items {
		switch next.kind {
		case opAppend:
			o.list.add(item)
		case opUnion:
			o.list.addOnce(item)
		case opRemove:
			o.list.remove(item)
		}
	}
}

// operand returns what MarshalJSON writes after the kind.
func (o operation) operand() any {
	switch {
	case o.list != nil:
		return o.list.remaining()
	case o.kind == opUnset:
		return true
	}
	return o.value
}

// MarshalJSON encodes an operation as an object with one member, whose name is the kind.
func (o operation) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{o.kind: o.operand()})
}

// UnmarshalJSON decodes what MarshalJSON has encoded.
func (o *operation) UnmarshalJSON(text []byte) error {
	for kind, operand := range members(text) {
		*o = operation{kind: kind, value: operand}
		if kind == opAppend || kind == opUnion || kind == opRemove {
			*o = operation{kind: kind, list: newList(items(operand))}
		}
	}
	return nil
}

func number(value json.RawMessage) (n float64, ok bool) {
	if len(value) == 0 || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return 0, false
	}
	return n, json.Unmarshal(value, &n) == nil
}
