package main

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program made by hand: in its memory are the table of functions, the description of the module, read-only data, and a heap.
const (
	handTable    = 0x1000
	handModule   = 0x2000
	handReadOnly = 0x3000
	handEndRead  = 0x4000
	handHeap     = 0x5000
	handBytes    = 0x6000

	handImports  = 1
	handFunction = 3 // the body whose fate is tested; body 0 is exported, body 1 is called by it, and nothing names the others
	handBodies   = 6
)

// pcOf returns the program counter of a body, at a place in it.
func pcOf(body, block int) uint64 { return uint64(firstTableIndex+body)<<pcBlockBits | uint64(block) }

func body(instructions ...byte) []byte { return append(append([]byte{0}, instructions...), opEnd) }

func callTo(body int) []byte { return []byte{opCall, byte(handImports + body)} }

func pushed(op byte, number uint64) []byte {
	return append(appendSigned([]byte{op}, int64(number)), 0x1a)
}

func putWord(memory []byte, at int, v uint64) { binary.LittleEndian.PutUint64(memory[at:], v) }

func handMade() *snapshot {
	memory := make([]byte, handBytes)
	for word, v := range map[int]int{
		0: handTable, moduleEndTable: handModule, moduleTypes: handReadOnly, moduleEndTypes: handEndRead,
		moduleFindFunc + 1: int(pcOf(0, 0)), moduleFindFunc + 2: int(pcOf(handBodies-1, 2)),
	} {
		putWord(memory, handModule+wordBytes*word, uint64(v))
	}
	s := &snapshot{
		memory:    memory,
		registers: make([]global, 8),
		exports:   []export{{"mem", 2, 0}, {"host", functionKind, 0}, {"call", functionKind, handImports}},
		table:     &pclntab{module: handModule},
	}
	s.code.imported = handImports
	s.code.bodies = [][]byte{body(callTo(1)...)}
	for range handBodies - 1 {
		s.code.bodies = append(s.code.bodies, body())
	}
	return s
}

// Whatever names a function keeps it, and what only looks like a name does not.
func TestReachable(t *testing.T) {
	const readOnly, dead = handReadOnly + 0x40, handBodies - 1
	pc := pcOf(handFunction, 0)
	value := func(s *snapshot) { putWord(s.memory, readOnly, pc) }
	itab := func(s *snapshot) {
		const itab, face, list = handReadOnly + 0x100, handReadOnly + 0x200, handHeap + 0x100
		putWord(s.memory, handModule+wordBytes*moduleItabLinks, list)
		putWord(s.memory, handModule+wordBytes*(moduleItabLinks+1), 1)
		putWord(s.memory, list, itab)
		putWord(s.memory, itab, face)
		putWord(s.memory, face+interfaceMethods+wordBytes, 2)
		putWord(s.memory, itab+4*wordBytes, pc)
	}
	setBody := func(i int, code ...byte) func(*snapshot) {
		return func(s *snapshot) { s.code.bodies[i] = body(code...) }
	}
	word := func(at int, v uint64) func(*snapshot) { return func(s *snapshot) { putWord(s.memory, at, v) } }
	place := uint32(firstTableIndex + handFunction)
	tests := map[string]struct {
		stays bool
		setup []func(*snapshot)
	}{
		"nothing names it": {false, nil},
		"an export": {true, []func(*snapshot){func(s *snapshot) {
			s.exports = append(s.exports, export{"more", functionKind, handImports + handFunction})
		}}},
		"an export of memory":                 {false, []func(*snapshot){func(s *snapshot) { s.exports = append(s.exports, export{"more", 2, handImports + handFunction}) }}},
		"the start section":                   {true, []func(*snapshot){func(s *snapshot) { s.start = []int{handImports + handFunction} }}},
		"a call":                              {true, []func(*snapshot){setBody(1, callTo(handFunction)...)}},
		"a call after other instructions":     {true, []func(*snapshot){setBody(1, append([]byte{opBlock, emptyBlock, opF64Const, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, opEnd}, callTo(handFunction)...)...)}},
		"a call in place of a return":         {true, []func(*snapshot){setBody(1, opReturnCall, handImports+handFunction)}},
		"a reference":                         {true, []func(*snapshot){setBody(1, opRefFunc, handImports+handFunction, 0x1a)}},
		"a call in a block with its type":     {true, []func(*snapshot){setBody(1, append([]byte{opBlock, 3}, append(callTo(handFunction), opEnd)...)...)}},
		"a call of a function that cannot":    {false, []func(*snapshot){setBody(dead, callTo(handFunction)...)}},
		"a number of 64 bits":                 {true, []func(*snapshot){setBody(1, pushed(opI64Const, pcOf(handFunction, 7))...)}},
		"a number of 32 bits":                 {true, []func(*snapshot){setBody(1, pushed(opI32Const, pc)...)}},
		"a number in one that cannot":         {false, []func(*snapshot){setBody(dead, pushed(opI64Const, pc)...)}},
		"its own return address":              {false, []func(*snapshot){setBody(handFunction, pushed(opI64Const, pc)...)}},
		"a word in memory":                    {true, []func(*snapshot){word(handHeap, pc)}},
		"a return address":                    {true, []func(*snapshot){word(handHeap+8, pcOf(handFunction, 19))}},
		"half a word":                         {false, []func(*snapshot){word(handHeap, pc|1<<40)}},
		"a stack that never goes on":          {false, []func(*snapshot){word(handHeap, pc), func(s *snapshot) { s.ignored = []span{{handHeap, handHeap + 8}} }}},
		"a word after such a stack":           {true, []func(*snapshot){word(handHeap+8, pc), func(s *snapshot) { s.ignored = []span{{handHeap, handHeap + 8}} }}},
		"pclntab":                             {false, []func(*snapshot){word(handTable+64, pc)}},
		"the bounds of the module":            {false, []func(*snapshot){word(handModule+wordBytes*(moduleFindFunc+1), pc)}},
		"a register":                          {true, []func(*snapshot){func(s *snapshot) { s.registers[1].value = int64(pc) }}},
		"a value that nobody mentions":        {false, []func(*snapshot){value}},
		"a value that code mentions":          {true, []func(*snapshot){value, setBody(1, pushed(opI64Const, readOnly)...)}},
		"a value that only dead code knows":   {false, []func(*snapshot){value, setBody(dead, pushed(opI64Const, readOnly)...)}},
		"a value that memory mentions":        {true, []func(*snapshot){value, word(handHeap, readOnly)}},
		"a value that a type mentions":        {true, []func(*snapshot){value, word(handReadOnly+0x80, readOnly)}},
		"a value that a register mentions":    {true, []func(*snapshot){value, func(s *snapshot) { s.registers[1].value = readOnly }}},
		"an itab":                             {true, []func(*snapshot){itab}},
		"a list of methods":                   {true, []func(*snapshot){word(readOnly+8, uint64(place)|uint64(place)<<32)}},
		"a list of methods between words":     {true, []func(*snapshot){word(readOnly, uint64(place)<<32), word(readOnly+8, uint64(place))}},
		"a number that is no list of methods": {false, []func(*snapshot){word(readOnly+8, uint64(place))}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := handMade()
			for _, setup := range test.setup {
				setup(s)
			}
			found, err := s.reachable()
			require.NoError(t, err)
			assert.Equal(t, test.stays, found.runs[handFunction])
			assert.True(t, found.runs[0] && found.runs[1])
			assert.False(t, found.runs[dead])
		})
	}
}

func TestUnknownInstructionsAreRefused(t *testing.T) {
	tests := map[string][]byte{
		"a vector":                  {0xfd, 0},
		"an atomic access":          {0xfe, 0x10, 2, 0},
		"an exception":              {0x08, 0},
		"a call of a reference":     {0x14, 0},
		"a second memory":           {opI32Load, otherMemory | 2, 1, 0},
		"a block with a vector":     {opBlock, 0x7b, opEnd},
		"a change of the table":     {opTableSet, 0},
		"elements put into a table": {opExtended, tableInit, 0, 0},
		"more of a table":           {opExtended, tableGrow, 0},
		"what is not defined yet":   {opExtended, tableFill + 1},
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			s := handMade()
			s.code.bodies[1] = body(code...)
			_, err := s.reachable()
			assert.ErrorAs(t, err, new(unknownLayout))
		})
	}
	s := handMade()
	s.code.bodies[1] = []byte{0, opI64Const, 0x80}
	_, err := s.reachable()
	assert.ErrorIs(t, err, errNotWasm, "a body that ends early")
}

// The linked program as a module: what is removed is a trap, and everything else is as it was.
func TestBodies(t *testing.T) {
	m, err := parseModule(link(t))
	require.NoError(t, err)
	c, err := m.code()
	require.NoError(t, err)
	require.NoError(t, m.checkTable(c))
	before := bytes.Clone(m.body(codeSection))
	m.setBodies(c.bodies)
	again, err := m.code()
	require.NoError(t, err)
	assert.Equal(t, c, again)
	for _, b := range c.bodies {
		_, err := referencesOf(b)
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, len(m.body(codeSection)), len(before))
	m.setBody(elementSection, append(bytes.Clone(m.body(elementSection)), 0))
	assert.ErrorAs(t, m.checkTable(c), new(unknownLayout))
}
