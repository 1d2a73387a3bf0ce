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

const (
	typeI32    = 0x7f
	typeI64    = 0x7e
	opI64Const = 0x42
)

func (m *module) globals() ([]global, error) {
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
