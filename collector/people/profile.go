package people

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Profile has the properties of a person or a group. A value is raw JSON (json.RawMessage) or, for a list that was changed,
// []json.RawMessage, so that a thousand $append do not encode the list a thousand times.
type Profile map[string]any

// Apply applies an update: a JSON object of Mixpanel's operations ($set, $set_once, $add, $append, $union, $remove, $unset, $delete). What
// cannot be applied is ignored.
func (p Profile) Apply(update string) {
	var operations map[string]json.RawMessage
	if json.Unmarshal([]byte(update), &operations) != nil {
		return
	}
	if _, exists := operations["$delete"]; exists {
		clear(p)
	}
	for name, value := range members(operations["$set"]) {
		p[name] = value
	}
	for name, value := range members(operations["$set_once"]) {
		if _, exists := p[name]; !exists {
			p[name] = value
		}
	}
	for name, value := range members(operations["$add"]) {
		p.add(name, value)
	}
	for name, value := range members(operations["$append"]) {
		p.changeList(name, func(list []json.RawMessage) []json.RawMessage { return append(list, value) })
	}
	for name, values := range members(operations["$union"]) {
		p.changeList(name, func(list []json.RawMessage) []json.RawMessage { return union(list, items(values)) })
	}
	for name, value := range members(operations["$remove"]) {
		p.changeList(name, func(list []json.RawMessage) []json.RawMessage {
			return slices.DeleteFunc(list, func(item json.RawMessage) bool { return bytes.Equal(item, value) })
		})
	}
	for _, name := range items(operations["$unset"]) {
		var unset string
		if json.Unmarshal(name, &unset) == nil {
			delete(p, unset)
		}
	}
}

func (p Profile) add(name string, value json.RawMessage) {
	var sum, n float64
	if json.Unmarshal(value, &n) != nil {
		return
	}
	if current, exists := p[name]; exists {
		if raw, single := current.(json.RawMessage); !single || json.Unmarshal(raw, &sum) != nil {
			return
		}
	}
	if total, err := json.Marshal(sum + n); err == nil {
		p[name] = json.RawMessage(total)
	}
}

// changeList edits a list, which is empty if the property does not exist. A property that is not a list stays as it is.
func (p Profile) changeList(name string, edit func([]json.RawMessage) []json.RawMessage) {
	list := []json.RawMessage{}
	switch held := p[name].(type) {
	case []json.RawMessage:
		list = held
	case json.RawMessage:
		if json.Unmarshal(held, &list) != nil {
			return
		}
	}
	p[name] = edit(list)
}

func union(list, more []json.RawMessage) []json.RawMessage {
	seen := make(map[string]struct{}, len(list))
	for _, value := range list {
		seen[string(value)] = struct{}{}
	}
	for _, value := range more {
		if _, exists := seen[string(value)]; !exists {
			seen[string(value)] = struct{}{}
			list = append(list, value)
		}
	}
	return list
}

// members returns the members of an object, and items those of an array; nil for any other kind of value.
func members(value json.RawMessage) (members map[string]json.RawMessage) {
	if json.Unmarshal(value, &members) != nil {
		return nil
	}
	return members
}

func items(value json.RawMessage) (items []json.RawMessage) {
	if json.Unmarshal(value, &items) != nil {
		return nil
	}
	return items
}
