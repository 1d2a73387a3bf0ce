package main

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Instructions that the passes on single instructions read or write, besides those of code_section.go.
const (
	opNop           = 0x01
	opLoop          = 0x03
	opElse          = 0x05
	opReturn        = 0x0f
	opDrop          = 0x1a
	opSelect        = 0x1b
	opLocalSet      = 0x21
	opLocalTee      = 0x22
	opGlobalGet     = 0x23
	opI64Store      = 0x37
	opI32GtU        = 0x4b
	opI32Add        = 0x6a
	opI32Sub        = 0x6b
	opI64ExtendI32U = 0xad
)

// instruction is one instruction: its number, and its operands as they are in the module.
type instruction struct {
	op       byte
	operands []byte
}

func plain(op byte) instruction              { return instruction{op: op} }
func unsigned(op byte, v uint64) instruction { return instruction{op, binary.AppendUvarint(nil, v)} }
func signed(op byte, v int64) instruction    { return instruction{op, appendSigned(nil, v)} }
func memory(op, align byte, v uint64) instruction {
	return instruction{op, binary.AppendUvarint([]byte{align}, v)}
}

func (i instruction) unsigned() uint64 { v, _ := binary.Uvarint(i.operands); return v }
func (i instruction) signed() int64    { v, _ := readSigned(i.operands); return v }

// is tells whether this is the instruction op with these operands.
func (i instruction) is(op byte, operands ...byte) bool {
	return i.op == op && string(i.operands) == string(operands)
}

func (i instruction) opensBlock() bool { return i.op >= opBlock && i.op <= opIf }

// functionBody is the declarations of its locals, as they are in the module, and its instructions, the last of which is its end.
type functionBody struct {
	locals       []byte
	instructions []instruction
}

func (b functionBody) bytes() []byte {
	out := append([]byte(nil), b.locals...)
	for _, i := range b.instructions {
		out = append(append(out, i.op), i.operands...)
	}
	return out
}

// notOfGo are the instructions that are known, and that Go's compiler does not write.
var notOfGo = []byte{opReturnCall, opReturnCallIndirect, opSelectTyped, opTableGet, opTableSet, opRefNull, opRefIsNull, opRefFunc}

// parseBody reads a body. It fails on an instruction that Go's compiler does not write, because the passes might not keep what it does.
func parseBody(text []byte) (functionBody, error) {
	r := reader{text}
	for groups := r.unsigned(); groups > 0 && r.rest != nil; groups-- {
		r.unsigned()
		r.byte()
	}
	b := functionBody{locals: text[:len(text)-len(r.rest)]}
	for len(r.rest) > 0 {
		start := r.rest
		op, err := r.instruction(&references{})
		if err != nil {
			return functionBody{}, err
		}
		if r.rest == nil {
			break
		}
		i := instruction{op, start[1 : len(start)-len(r.rest)]}
		if i.opensBlock() && i.operands[0] < emptyBlock || slices.Contains(notOfGo, op) {
			return functionBody{}, unknownLayout(fmt.Sprintf("instruction %#x", op))
		}
		b.instructions = append(b.instructions, i)
	}
	if r.rest == nil {
		return functionBody{}, fmt.Errorf("%w: a function ends early", errNotWasm)
	}
	return b, nil
}
