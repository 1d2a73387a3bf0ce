package people

import (
	"encoding/json"
	"fmt"

	"github.com/throughline/throughline/collector/event"
)

// Profile has the properties of a person or a group, as updates have made them. Its zero value is not usable: see NewProfile and NewSummary.
//
// Each update takes time for what it says, not for what the profile has: a list of 50,000 items grows by one as fast as a short one does.
type Profile struct {
	// complete is true where what is not in properties does not exist. In a summary it may, under updates that are not summarized.
	complete   bool
	properties map[string][]operation
	size       int // bytes, about
	full       bool
}

// maxOperations limits how many operations on one property a summary keeps. More than these are taken to begin with a property that does
// not exist: nobody adds to a number, appends to it, and adds again.
const maxOperations = 16

// NewProfile returns a profile without properties.
func NewProfile() *Profile { return &Profile{complete: true, properties: map[string][]operation{}} }

// NewSummary returns a summary of no updates. A summary of updates changes a profile as the updates would, and takes as much room as their
// outcome.
func NewSummary() *Profile { return &Profile{properties: map[string][]operation{}} }

// Full reports whether something was not applied because the profile would have become larger than event.MaxProfile.
func (p *Profile) Full() bool { return p.full }

// Apply applies an update: a JSON object of Mixpanel's operations ($set, $set_once, $add, $append, $union, $remove, $unset, $delete). What
// cannot be applied is ignored.
func (p *Profile) Apply(update string) {
	operations := members([]byte(update))
	if _, exists := operations["$delete"]; exists {
		p.clear()
	}
	for _, kind := range []string{opSet, opOnce, opAdd, opAppend, opUnion, opRemove} {
		for name, operand := range members(operations[kind]) {
			if o, ok := parseOperation(kind, operand); ok {
				p.apply(name, o)
			}
		}
	}
	for _, item := range items(operations[opUnset]) {
		var name string
		if json.Unmarshal(item, &name) == nil {
			p.apply(name, operation{kind: opUnset})
		}
	}
}

// parseOperation returns an operation of an update; ok is false if its operand is of the wrong kind.
func parseOperation(kind string, operand json.RawMessage) (o operation, ok bool) {
	switch kind {
	case opAdd:
		o := operation{kind: kind, value: json.RawMessage("0")}
		_, ok := number(operand)
		o.addNumber(operand)
		return o, ok
	case opAppend, opRemove:
		return operation{kind: kind, list: newList([]json.RawMessage{operand})}, true
	case opUnion:
		items := items(operand)
		return operation{kind: kind, list: newList(items)}, items != nil
	}
	return operation{kind: kind, value: operand}, true
}

// clear forgets all properties, and that there may be others.
func (p *Profile) clear() {
	*p = Profile{complete: true, properties: map[string][]operation{}}
}

// apply applies an operation to a property.
func (p *Profile) apply(name string, o operation) {
	held := p.properties[name]
	before := sizeOf(held)
	growth := o.size()
	if o.kind == opSet || o.kind == opUnset {
		growth -= before
	}
	if growth > 0 && p.size+len(name)+growth > event.MaxProfile && o.kind != opRemove {
		p.full = true
		return
	}
	switch {
	case len(held) == 0 && p.complete:
		held = []operation{onAbsent(o)}
	case len(held) == 0 || !held[len(held)-1].absorb(o):
		held = append(held, o)
	}
	if len(held) > maxOperations {
		held = []operation{evaluate(held)}
	}
	if before > 0 {
		p.size -= len(name) + before
	}
	if p.complete && held[0].kind == opUnset {
		delete(p.properties, name)
		return
	}
	p.size += len(name) + sizeOf(held)
	p.properties[name] = held
}

func sizeOf(operations []operation) (size int) {
	for i := range operations {
		size += operations[i].size()
	}
	return size
}

// evaluate returns what operations do to a property that does not exist.
func evaluate(operations []operation) operation {
	result := operation{kind: opUnset}
	for _, o := range operations {
		result.absorb(o)
	}
	return result
}

// MarshalJSON encodes the properties of a profile that is no summary.
func (p *Profile) MarshalJSON() ([]byte, error) {
	properties := make(map[string]any, len(p.properties))
	for name, operations := range p.properties {
		properties[name] = operations[0].operand()
	}
	return json.Marshal(properties)
}

// summary is how a summary is stored.
type summary struct {
	Delete     bool                   `json:"delete,omitempty"` // whatever there was before is gone
	Properties map[string][]operation `json:"properties"`
}

// Summary encodes the profile as a summary for ApplySummary.
func (p *Profile) Summary() (string, error) {
	text, err := json.Marshal(summary{p.complete, p.properties})
	if err != nil {
		return "", fmt.Errorf("encode a profile: %w", err)
	}
	return string(text), nil
}

// ApplySummary applies the updates that a summary stands for.
func (p *Profile) ApplySummary(text string) error {
	var s summary
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("decode a profile: %w", err)
	}
	if s.Delete {
		p.clear()
	}
	for name, operations := range s.Properties {
		for _, o := range operations {
			p.apply(name, o)
		}
	}
	return nil
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
