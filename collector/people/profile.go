package people

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/throughline/throughline/collector/event"
)

// Profile has the properties of a person or a group, as updates have made them. Its zero value is not usable: see NewProfile and NewSummary.
//
// Each update takes time for what it says, not for what the profile has: a list of 50,000 items grows by one as fast as a short one does.
type Profile struct {
	// complete is true where what is not in properties does not exist. In a summary it may: another id of the person may have it.
	complete   bool
	deleted    bool  // there was a $delete
	deletedAt  int64 // the position of the last one
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

// Apply applies an update, which has that position in the order of all: a JSON object of Mixpanel's operations ($set, $set_once, $add, $append, $union, $remove, $unset, $delete). What
// cannot be applied is ignored.
func (p *Profile) Apply(at int64, update string) {
	operations := members([]byte(update))
	if _, exists := operations["$delete"]; exists {
		p.clear(at)
	}
	for _, kind := range []string{opSet, opOnce, opAdd, opAppend, opUnion, opRemove} {
		operands := members(operations[kind])
		for _, name := range slices.Sorted(maps.Keys(operands)) { // Which of them does not fit any more must not be left to chance.
			if o, ok := parseOperation(kind, operands[name]); ok {
				o.at = at
				p.apply(name, o)
			}
		}
	}
	for _, item := range items(operations[opUnset]) {
		var name string
		if json.Unmarshal(item, &name) == nil {
			p.apply(name, operation{kind: opUnset, at: at})
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

// clear forgets all properties.
func (p *Profile) clear(at int64) {
	*p = Profile{complete: p.complete, deleted: true, deletedAt: at, properties: map[string][]operation{}}
}

// apply applies an operation to a property.
func (p *Profile) apply(name string, o operation) {
	held := p.properties[name]
	before := sizeOf(held)
	if o.kind == opUnset && p.complete && len(held) == 0 {
		return
	}
	replaces, growth := o.kind == opSet || o.kind == opUnset, o.size()
	switch {
	case replaces:
		growth -= before
	case o.kind == opRemove && len(held) > 0 && held[len(held)-1].kind == opSet: // It removes from a value that is there.
		growth = 0
	}
	if growth > 0 && p.size+len(name)+growth > event.MaxProfile {
		p.full = true
		return
	}
	switch {
	case replaces:
		held = []operation{o}
	case len(held) == 0 && p.complete:
		held = []operation{onAbsent(o)}
	case len(held) == 0 || !p.complete && held[len(held)-1].kind == opUnset || !held[len(held)-1].absorb(o):
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
	DeletedAt  int64                  `json:"deleted_at,omitempty"`
	Properties map[string][]operation `json:"properties"`
}

// Summary encodes the profile as a summary for ApplySummary.
func (p *Profile) Summary() (string, error) {
	return summary{p.deleted, p.deletedAt, p.properties}.encode()
}

func (s summary) encode() (string, error) {
	text, err := encodeExactly(s)
	if err != nil {
		return "", fmt.Errorf("encode a profile: %w", err)
	}
	return string(text), nil
}

func decodeSummary(text string) (s summary, err error) {
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("decode a profile: %w", err)
	}
	return s, nil
}

// ApplySummary applies the updates that a summary stands for.
func (p *Profile) ApplySummary(text string) error {
	s, err := decodeSummary(text)
	if err != nil {
		return err
	}
	if s.Delete {
		p.clear(s.DeletedAt)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		for _, o := range s.Properties[name] {
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
