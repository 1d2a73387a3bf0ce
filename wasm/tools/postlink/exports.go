package main

import (
	"encoding/binary"
	"fmt"
)

// globalKind marks an export that is a global.
const globalKind = 3

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
