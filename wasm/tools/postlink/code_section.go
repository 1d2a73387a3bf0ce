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
	opReturnCall    = 0x12
	opSelectTyped   = 0x1c
	opLocalGet      = 0x20
	opGlobalSet     = 0x24
	opTableGet      = 0x25
	opTableSet      = 0x26
	opI32Load       = 0x28
	opI64Store32    = 0x3e
	opMemorySize    = 0x3f
	opMemoryGrow    = 0x40
	opF32Const      = 0x43
	opF64Const      = 0x44
	opFirstNumeric  = 0x45
	opLastNumeric   = 0xc4
	opRefNull       = 0xd0
	opRefIsNull     = 0xd1
	opRefFunc       = 0xd2
	opExtended      = 0xfc
	otherMemory     = 0x40   // in the alignment of a load or store: the number of a memory follows
	emptyBlock      = 0x40   // the type of a block without a result; the types of blocks with one are higher
	firstTableIndex = 0x1000 // cmd/link/internal/wasm: funcValueOffset

	opReturnCallIndirect = 0x13
)

// Instructions that begin with opExtended, and have operands.
const (
	memoryInit = 8 + iota
	dataDrop
	memoryCopy
	memoryFill
	tableInit
	elementDrop
	tableCopy
	tableGrow
	tableSize
	tableFill
)

// removedBody is the body of a function that cannot run: no locals, and a trap. A browser's error of a trap names the function by its index.
var removedBody = []byte{0, opUnreachable, opEnd}

// code is the module's functions. The first functions of a module are those that it imports, so they come before the bodies in its numbering.
type code struct {
	imported int
	bodies   [][]byte
}

func (m *module) code() (code, error) {
	imports, err := m.imports()
	if err != nil {
		return code{}, err
	}
	c := code{imported: imports[functionKind]}
	r := reader{m.body(codeSection)}
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		c.bodies = append(c.bodies, r.bytes(r.unsigned()))
	}
	if r.rest == nil {
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

// references are what instructions refer to.
type references struct {
	functions    []int // which they call or make a value of, by their index
	values       []int // those of which they make a value
	numbers      []int64
	changesTable bool // so that a number may name another function than before
}

// referencesOf reads a body. It fails on an instruction that it does not know, because its operands are unknown.
func referencesOf(body []byte) (references, error) {
	refs := references{}
	r := reader{body}
	for groups := r.unsigned(); groups > 0 && r.rest != nil; groups-- {
		r.unsigned()
		if err := r.valueType(); err != nil {
			return references{}, err
		}
	}
	for len(r.rest) > 0 {
		if _, err := r.instruction(&refs); err != nil {
			return references{}, err
		}
	}
	if r.rest == nil {
		return references{}, fmt.Errorf("%w: a function ends early", errNotWasm)
	}
	return refs, nil
}

// instruction reads one instruction with its operands, adds what it refers to, and returns its opcode.
func (r *reader) instruction(refs *references) (byte, error) {
	op := r.byte()
	switch {
	case op >= opBlock && op <= opIf:
		return op, r.blockType()
	case op == opBr, op == opBrIf, op >= opLocalGet && op <= opGlobalSet, op == opTableGet, op == opMemorySize, op == opMemoryGrow:
		r.unsigned()
	case op == opTableSet:
		r.unsigned()
		refs.changesTable = true
	case op == opBrTable:
		for targets := r.unsigned(); targets > 0 && r.rest != nil; targets-- {
			r.unsigned()
		}
		r.unsigned()
	case op == opCall, op == opReturnCall:
		refs.functions = append(refs.functions, int(r.unsigned()))
	case op == opRefFunc:
		index := int(r.unsigned())
		refs.functions = append(refs.functions, index)
		refs.values = append(refs.values, index)
	case op == opCallIndirect, op == opReturnCallIndirect:
		r.unsigned()
		r.unsigned()
	case op == opSelectTyped:
		for types := r.unsigned(); types > 0 && r.rest != nil; types-- {
			if err := r.valueType(); err != nil {
				return op, err
			}
		}
	case op == opRefNull:
		return op, r.valueType()
	case op >= opI32Load && op <= opI64Store32:
		if alignment := r.unsigned(); alignment >= otherMemory {
			return op, unknownLayout("an access to a second memory")
		}
		r.unsigned()
	case op == opI32Const, op == opI64Const:
		refs.numbers = append(refs.numbers, r.signed())
	case op == opF32Const:
		r.bytes(4)
	case op == opF64Const:
		r.bytes(8)
	case op == opExtended:
		return op, r.extended(refs)
	case op >= opFirstNumeric && op <= opLastNumeric, op == opRefIsNull:
	case op == opUnreachable, op == 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b: // nop, else, return, drop, select
	default:
		return op, unknownLayout(fmt.Sprintf("instruction %#x", op))
	}
	return op, nil
}

// extended reads the rest of an instruction that begins with opExtended.
func (r *reader) extended(refs *references) error {
	operands := map[uint64]int{
		0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, // saturating conversions of numbers
		memoryInit: 2, dataDrop: 1, memoryCopy: 2, memoryFill: 1,
		tableInit: 2, elementDrop: 1, tableCopy: 2, tableGrow: 1, tableSize: 1, tableFill: 1,
	}
	op := r.unsigned()
	count, known := operands[op]
	if !known {
		return unknownLayout(fmt.Sprintf("instruction %#x %d", opExtended, op))
	}
	for range count {
		r.unsigned()
	}
	if op >= tableInit && op != elementDrop && op != tableSize {
		refs.changesTable = true
	}
	return nil
}

// constant reads an initial value or an offset: instructions up to an end.
func (r *reader) constant(refs *references) error {
	for r.rest != nil {
		if op, err := r.instruction(refs); err != nil || op == opEnd {
			return err
		}
	}
	return nil
}

// blockType reads the type of a block: none, that of one value, or a number in the section of types, which is not negative.
func (r *reader) blockType() error {
	switch {
	case len(r.rest) == 0 || r.rest[0] < emptyBlock || r.rest[0] >= 0x80:
		r.unsigned()
		return nil
	case r.rest[0] == emptyBlock:
		r.byte()
		return nil
	default:
		return r.valueType()
	}
}

// valueType reads the type of a value.
func (r *reader) valueType() error {
	switch t := r.byte(); t {
	case typeI32, typeI64, typeF32, typeF64, typeFunction, typeExternal:
		return nil
	default:
		return unknownLayout(fmt.Sprintf("values of type %#x", t))
	}
}
