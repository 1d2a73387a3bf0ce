package main

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnusedTypesAreCleared(t *testing.T) {
	inMemory := func(at int) func(*snapshot) {
		return func(s *snapshot) { putWord(s.memory, handHeap, uint64(at)) }
	}
	inCode := func(at int) func(*snapshot) {
		return func(s *snapshot) { s.code.bodies[1] = body(pushed(opI64Const, uint64(at))...) }
	}
	tests := map[string]struct {
		setup func(*snapshot)
		stays bool
		hash  int
	}{
		"nothing mentions it":           {func(*snapshot) {}, false, 0},
		"a word of memory":              {inMemory(fileType), true, 0},
		"a word in the middle":          {inMemory(fileType + typeMask), true, 0},
		"code":                          {inCode(fileType), true, 0},
		"code that cannot run":          {func(s *snapshot) { s.code.bodies[2] = body(pushed(opI64Const, fileType)...) }, false, 0},
		"a type that is used":           {func(s *snapshot) { putWord(s.memory, listType+structPackage, fileType); inMemory(listType)(s) }, true, 0},
		"a type that is not used":       {func(s *snapshot) { putWord(s.memory, funcType+typeMask, fileType) }, false, 0},
		"a register":                    {func(s *snapshot) { s.registers[1].value = fileType }, true, 0},
		"an itab":                       {func(s *snapshot) { inMemory(readerType)(s); putWord(s.memory, handHeap+wordBytes, fileType) }, true, 77},
		"code that switches by hash":    {func(s *snapshot) { inMemory(fileType)(s); s.code.bodies[1] = body(pushed(opI32Const, 77)...) }, true, 77},
		"two types that are no itab":    {func(s *snapshot) { inMemory(listType)(s); putWord(s.memory, handHeap+wordBytes, fileType) }, true, 0},
		"a pointer to another's middle": {inMemory(listType + typeMask), false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			types, _ := handTypes()
			all := types.all()
			s := handMade()
			copy(s.memory[handReadOnly:handEndRead], types.memory[handReadOnly:handEndRead])
			clear(s.memory[fieldList : fieldList+2*fieldBytes])
			binary.LittleEndian.PutUint32(s.memory[fileType+typeHash:], 77)
			binary.LittleEndian.PutUint32(s.memory[fileType+typePtrToThis:], 5)
			test.setup(s)
			_, err := s.reachableWithoutUnusedTypes(all)
			require.NoError(t, err)
			assert.Equal(t, test.stays, uint64At(s.memory, fileType) == 16)
			assert.Equal(t, test.hash, uint32At(s.memory, fileType+typeHash))
			assert.Zero(t, uint32At(s.memory, fileType+typePtrToThis))
			assert.Equal(t, test.stays, uint32At(s.memory, fileType+112+methodDirect) != 0, "its methods")
		})
	}
}
