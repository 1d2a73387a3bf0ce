package main

import (
	"encoding/binary"
	"fmt"
)

// globalKind marks an export that is a global.
const globalKind = 3

// export is a name that a program gives to one of its functions, memories or globals.
type export struct {
	name  string
	kind  byte
	index uint64
}

func (m *module) exports() ([]export, error) {
	r := reader{m.body(exportSection)}
	all := make([]export, 0, 16)
	for count := r.number(); count > 0 && r.rest != nil; count-- {
		name := string(r.bytes(r.number()))
		all = append(all, export{name, r.byte(), r.number()})
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

// global is a variable of WebAssembly's, in which Go's compiler keeps a register.
type global struct {
	valueType, mutable byte
	value              int64
}

const (
	typeI32    = 0x7f
	typeI64    = 0x7e
	opI64Const = 0x42
)

func (m *module) globals() ([]global, error) {
	r := reader{m.body(globalSection)}
	all := make([]global, 0, 8)
	for count := r.number(); count > 0 && r.rest != nil; count-- {
		g := global{valueType: r.byte(), mutable: r.byte()}
		op := r.byte()
		g.value = r.signed()
		if end := r.byte(); end != opEnd || op != constOf(g.valueType) {
			return nil, fmt.Errorf("%w: a register that begins with more than a number", errNotWasm)
		}
		all = append(all, g)
	}
	if r.rest == nil {
		return nil, fmt.Errorf("%w: its registers", errNotWasm)
	}
	return all, nil
}

func (m *module) setGlobals(all []global) {
	body := binary.AppendUvarint(nil, uint64(len(all)))
	for _, g := range all {
		body = append(body, g.valueType, g.mutable, constOf(g.valueType))
		body = append(appendSigned(body, g.value), opEnd)
	}
	m.setBody(globalSection, body)
}

// constOf is the instruction that makes a number of a type; 0, which is none, for types that are no whole numbers.
func constOf(valueType byte) byte {
	return map[byte]byte{typeI32: opI32Const, typeI64: opI64Const}[valueType]
}

// setMemory says how many pages of memory there are from the start.
func (m *module) setMemory(pages uint64) {
	const one, noMaximum = 1, 0
	m.setBody(memorySection, binary.AppendUvarint([]byte{one, noMaximum}, pages))
}
