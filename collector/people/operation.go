package people

import (
	"bytes"
	"encoding/json"
)

// operation is one of Mixpanel's operations on one property of a profile, or several of a kind in one.
type operation struct {
	kind  string
	value json.RawMessage // the operand of $set, $set_once and $add
	list  *list           // the operands of $append, $union and $remove, and the value of a $set whose list was changed since
	at    int64           // the position, in the order of all updates, of the last one that is in it
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
		o.at = next.at
		o.addNumber(next.value)
	case next.kind == opAdd:
		return false
	case o.kind == opSet:
		o.at = next.at
		o.editList(next)
	case o.kind == next.kind && o.kind == opAppend:
		o.at = next.at
		for _, item := range next.list.items {
			o.list.add(item)
		}
	case o.kind == next.kind:
		o.at = next.at
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
		return operation{kind: opSet, list: o.list, at: o.at}
	case opUnion, opRemove:
		result := operation{kind: opSet, list: &list{}, at: o.at}
		result.editList(o)
		return result
	}
	return operation{kind: opSet, value: o.value, at: o.at}
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

// atMember is the name of an operation's position in its JSON.
const atMember = "at"

// MarshalJSON encodes an operation as an object with two members: its kind with the operand, and its position.
func (o operation) MarshalJSON() ([]byte, error) {
	return encodeExactly(map[string]any{o.kind: o.operand(), atMember: o.at})
}

// UnmarshalJSON decodes what MarshalJSON has encoded.
func (o *operation) UnmarshalJSON(text []byte) error {
	for name, value := range members(text) {
		switch name {
		case atMember:
			if err := json.Unmarshal(value, &o.at); err != nil {
				return err
			}
		case opAppend, opUnion, opRemove:
			o.kind, o.list = name, newList(items(value))
		default:
			o.kind, o.value = name, value
		}
	}
	return nil
}

// encodeExactly encodes without escaping what HTML could take for a tag: items of lists are compared by their texts, which must stay as they were.
func encodeExactly(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

func number(value json.RawMessage) (n float64, ok bool) {
	if len(value) == 0 || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return 0, false
	}
	return n, json.Unmarshal(value, &n) == nil
}
