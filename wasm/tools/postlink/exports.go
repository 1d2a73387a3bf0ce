package main

import (
	"encoding/binary"
	"fmt"
)

// Kinds of imports and exports.
const (
	functionKind = iota
	tableKind
	memoryKind
	globalKind
)

// imports returns how many of each kind the program imports. They come first in the numbering of their kind.
func (m *module) imports() (counts [globalKind + 1]int, err error) {
	body := m.body(importSection)
	if body == nil {
		return counts, nil
	}
	r := reader{body}
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		r.bytes(r.unsigned())
		r.bytes(r.unsigned())
		kind := r.byte()
		switch kind {
		case functionKind:
			r.unsigned()
		case tableKind:
			err = r.valueType()
			r.limits()
		case memoryKind:
			r.limits()
		case globalKind:
			err = r.valueType()
			r.byte()
		default:
			err = unknownLayout(fmt.Sprintf("an import of kind %d", kind))
		}
		if err != nil {
			return counts, err
		}
		counts[kind]++
	}
	if r.rest == nil {
		return counts, fmt.Errorf("%w: its imports", errNotWasm)
	}
	return counts, nil
}

// limits reads how large a table or memory is, and may be.
func (r *reader) limits() {
	const hasMaximum = 1
	flags := r.byte()
	r.unsigned()
	if flags&hasMaximum != 0 {
		r.unsigned()
	}
}

// export is a name under which the program exports one of its functions, memories or globals.
type export struct {
	name  string
	kind  byte
	index uint64
}

func (m *module) exports() ([]export, error) {
	r := reader{m.body(exportSection)}
	all := make([]export, 0, 16)
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		name := string(r.bytes(r.unsigned()))
		all = append(all, export{name, r.byte(), r.unsigned()})
	}
	if r.rest == nil {
		return nil, fmt.Errorf("%w: its exports", errNotWasm)
	}
	return all, nil
}

func (m *module) setExports(all []export) {
	body := binary.AppendUvarint(nil, uint64(len(all)))
	for _, e := range all {
		body = binary.AppendUvarint(body, uint64(len(e.name)))
		body = append(append(body, e.name...), e.kind)
		body = binary.AppendUvarint(body, e.index)
	}
	m.setBody(exportSection, body)
}
