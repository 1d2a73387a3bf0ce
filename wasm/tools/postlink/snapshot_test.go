package main

import (
	"encoding/binary"
	"math/rand"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stateOf makes a state of a program: registers 1, -2, 3..., and two pages of memory with something here and there.
func stateOf(registers int) []byte {
	var state []byte
	for i := range registers {
		value := int64(i + 1)
		if i%2 == 1 {
			value = -value
		}
		state = binary.LittleEndian.AppendUint64(state, uint64(value))
	}
	memory := make([]byte, 2*pageBytes)
	random := rand.New(rand.NewSource(1))
	for range 40 {
		at := random.Intn(len(memory) - 100)
		random.Read(memory[at : at+1+random.Intn(99)])
	}
	memory[0], memory[len(memory)-1] = 'a', 'z'
	return append(state, memory...)
}

func TestProgramBeginsWithItsState(t *testing.T) {
	if runtime.Version() != supportedGo {
		t.Skip("the layout is known of", supportedGo)
	}
	small, err := shrink(link(t), supportedGo)
	require.NoError(t, err)
	m, err := parseModule(small)
	require.NoError(t, err)
	registers, err := m.globals()
	require.NoError(t, err)
	require.NotEmpty(t, registers)
	exports, err := m.exports()
	require.NoError(t, err)
	assert.Contains(t, exports, export{"register0", globalKind, 0}, "it tells its registers")

	state := stateOf(len(registers))
	require.NoError(t, applySnapshot(m, state))
	m, err = parseModule(m.bytes())
	require.NoError(t, err)

	begun, err := m.globals()
	require.NoError(t, err)
	for i, g := range begun {
		assert.Equal(t, registers[i].valueType, g.valueType)
		assert.Equal(t, int64(binary.LittleEndian.Uint64(state[i*registerBytes:])), g.value)
	}
	exports, err = m.exports()
	require.NoError(t, err)
	assert.Equal(t, []export{{"mem", 2, 0}}, exports, "nothing starts it any more")
	assert.Equal(t, []byte{1, 0, 2}, m.body(memorySection), "two pages, growing without bound")
	segments, err := parseDataSection(m.body(dataSection))
	require.NoError(t, err)
	memory, base := memoryImage(segments)
	assert.Zero(t, base)
	assert.Equal(t, state[len(begun)*registerBytes:], memory)
	assert.Greater(t, len(segments), 10, "zeros are left out")
}

func TestStateOfAnotherProgramIsRefused(t *testing.T) {
	registers := []byte{1, typeI32, 1, opI32Const, 0, opEnd}
	exports := []byte{0}
	m := &module{[]section{{globalSection, registers}, {exportSection, exports}, {dataSection, []byte{0}}}}
	for name, state := range map[string][]byte{
		"nothing":        nil,
		"registers only": make([]byte, registerBytes),
		"half a page":    make([]byte, registerBytes+pageBytes/2),
		"more registers": make([]byte, 2*registerBytes+pageBytes),
	} {
		assert.ErrorIs(t, applySnapshot(m, state), errSnapshot, name)
	}
	require.NoError(t, applySnapshot(m, make([]byte, registerBytes+pageBytes)))
	for name, broken := range map[string]*module{
		"no exports":                 {[]section{{globalSection, registers}}},
		"an export that ends early":  {[]section{{globalSection, registers}, {exportSection, []byte{1, 9, 'a'}}}},
		"no registers":               {[]section{{exportSection, exports}}},
		"a register of another kind": {[]section{{globalSection, []byte{1, 0x7c, 1, 0x44, 0, opEnd}}, {exportSection, exports}}},
		"a register that ends early": {[]section{{globalSection, []byte{2, typeI32, 1, opI32Const, 0, opEnd}}, {exportSection, exports}}},
	} {
		assert.ErrorIs(t, applySnapshot(broken, make([]byte, registerBytes+pageBytes)), errNotWasm, name)
		assert.ErrorIs(t, exportRegisters(broken), errNotWasm, name)
	}
}
