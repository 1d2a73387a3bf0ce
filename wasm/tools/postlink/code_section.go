package main

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Instructions that the passes read or write; the others are only skipped.
const (
	opUnreachable   = 0x00
	opBlock, opIf   = 0x02, 0x04
	opBr, opBrIf    = 0x0c, 0x0d
	opBrTable       = 0x0e
	opCall          = 0x10
	opCallIndirect  = 0x11
	opLocalGet      = 0x20
	opGlobalSet     = 0x24
	opI32Load       = 0x28
	opI64Store32    = 0x3e
	opMemorySize    = 0x3f
	opMemoryGrow    = 0x40
	opF32Const      = 0x43
	opF64Const      = 0x44
	opFirstNumeric  = 0x45
	opLastNumeric   = 0xc4
	opExtended      = 0xfc
	memoryCopy      = 10
	memoryFill      = 11
	functionKind    = 0      // marks an import or export that is a function
	emptyBlock      = 0x40   // the type of a block without a result; the types of blocks with one are higher
	firstTableIndex = 0x1000 // cmd/link/internal/wasm: funcValueOffset
)

// removedBody is the body of a function that cannot run: no locals, and a trap. A browser's error of a trap names the function by its index.
var removedBody = []byte{0, opUnreachable, opEnd}

// code is the module's functions. The first functions of a module are those that it imports, so they come before the bodies in its numbering.
type code struct {
	imported int
	bodies   [][]byte
}

func (m *module) code() (code, error) {
	c := code{}
	r := reader{m.body(importSection)}
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		r.bytes(r.unsigned())
		r.bytes(r.unsigned())
		if r.byte() != functionKind {
			return code{}, fmt.Errorf("%w: an import that is no function", errNotWasm)
		}
		r.unsigned()
		c.imported++
	}
	imports := r.rest
	r = reader{m.body(codeSection)}
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		c.bodies = append(c.bodies, r.bytes(r.unsigned()))
	}
	if imports == nil || r.rest == nil {
		return code{}, fmt.Errorf("%w: its functions", errNotWasm)
	}
	return c, nil
}

func (m *module) setBodies(bodies [][]byte) {
	section := binary.AppendUvarint(nil, uint64(len(bodies)))
	for _, b := range bodies {
		section = append(binary.AppendUvarint(section, uint64(len(b))), b...)
	}
	m.setBody(codeSection, section)
}

// checkTable returns an error unless the table of functions is the one that Go's linker makes: body i is at firstTableIndex + i. A program
// counter is a place in this table and, in its low 16 bits, a place in the function.
func (m *module) checkTable(c code) error {
	want := []byte{1, 0, opI32Const}
	want = append(appendSigned(want, firstTableIndex), opEnd)
	want = binary.AppendUvarint(want, uint64(len(c.bodies)))
	for i := range c.bodies {
		want = binary.AppendUvarint(want, uint64(c.imported+i))
	}
	if !slices.Equal(want, m.body(elementSection)) {
		return unknownLayout("the table of functions is not in order")
	}
	return nil
}

// references are the functions that a body calls, by their index, and the numbers that it mentions.
type references struct {
	calls   []int
	numbers []int64
}

// referencesOf reads a body. It fails on an instruction that Go's compiler does not write, because its operands are unknown.
func referencesOf(body []byte) (references, error) {
	refs := references{}
	r := reader{body}
	for groups := r.unsigned(); groups > 0 && r.rest != nil; groups-- {
		r.unsigned()
		r.byte()
	}
	for len(r.rest) > 0 {
		switch op := r.byte(); {
		case op >= opBlock && op <= opIf:
			if r.byte() < emptyBlock {
				return references{}, unknownLayout("a block with a type of its own")
			}
		case op == opBr, op == opBrIf, op >= opLocalGet && op <= opGlobalSet, op == opMemorySize, op == opMemoryGrow:
			r.unsigned()
		case op == opBrTable:
			for targets := r.unsigned(); targets > 0 && r.rest != nil; targets-- {
				r.unsigned()
			}
			r.unsigned()
		case op == opCall:
			refs.calls = append(refs.calls, int(r.unsigned()))
		case op == opCallIndirect, op >= opI32Load && op <= opI64Store32:
			r.unsigned()
			r.unsigned()
		case op == opI32Const, op == opI64Const:
			refs.numbers = append(refs.numbers, r.signed())
		case op == opF32Const:
			r.bytes(4)
		case op == opF64Const:
			r.bytes(8)
		case op == opExtended:
			switch r.unsigned() {
			case memoryCopy:
				r.bytes(2)
			case memoryFill:
				r.byte()
			case 0, 1, 2, 3, 4, 5, 6, 7: // saturating conversions of numbers
			default:
				return references{}, unknownLayout("an instruction of memory or tables that is not known")
			}
		case op >= opFirstNumeric && op <= opLastNumeric:
		case op == opUnreachable, op == 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b: // nop, else, return, drop, select
		default:
			return references{}, unknownLayout(fmt.Sprintf("instruction %#x", op))
		}
	}
	if r.rest == nil {
		return references{}, fmt.Errorf("%w: a function ends early", errNotWasm)
	}
	return refs, nil
}
