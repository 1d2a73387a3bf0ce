package main

import (
	"encoding/binary"
	"fmt"
)

// global is a WebAssembly global variable. Go's compiler uses them as registers.
type global struct {
	valueType, mutable byte
	value              int64
}

// Types of values.
const (
	typeI32      = 0x7f
	typeI64      = 0x7e
	typeF32      = 0x7d
	typeF64      = 0x7c
	typeFunction = 0x70 // a reference to a function
	typeExternal = 0x6f // a reference to something of JavaScript
)

const opI64Const = 0x42

func (m *module) globals() ([]global, error) {
	if imports, err := m.imports(); err != nil {
		return nil, err
	} else if imports[globalKind] > 0 {
		return nil, fmt.Errorf("%w: registers that are imported", errNotWasm)
	}
	r := reader{m.body(globalSection)}
	all := make([]global, 0, 8)
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		g := global{valueType: r.byte(), mutable: r.byte()}
		op := r.byte()
		g.value = r.signed()
		if end := r.byte(); end != opEnd || op != constInstruction(g.valueType) {
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
		body = append(body, g.valueType, g.mutable, constInstruction(g.valueType))
		body = append(appendSigned(body, g.value), opEnd)
	}
	m.setBody(globalSection, body)
}

// constInstruction returns the instruction that pushes a constant of an integer type, or 0 for another type.
func constInstruction(valueType byte) byte {
	return map[byte]byte{typeI32: opI32Const, typeI64: opI64Const}[valueType]
}
