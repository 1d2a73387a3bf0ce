package main

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	runningG  = 0x5000
	waitingG  = 0x5200
	mainG     = 0x5400
	endedG    = 0x5600
	schedG    = 0x5800
	handStack = 0x6000 // of runningG; the other goroutines' stacks follow, each of stackSize
	stackSize = 0x400
	schedTop  = 0x10000
	stateSize = 0x11000
)

// handGoroutines makes a memory with goroutines whose stacks are full, and a table with mstart and rt0_go.
func handGoroutines() (memory []byte, registers []global, table *pclntab) {
	memory = bytes.Repeat([]byte{0xaa}, stateSize)
	for i, g := range []int{runningG, waitingG, mainG, endedG, schedG} {
		low := handStack + i*stackSize
		for at, v := range map[int]uint64{
			gStackLow: uint64(low), gStackHigh: uint64(low + stackSize), gGuard1: ^uint64(0), gSchedG: uint64(g),
			gSchedSP: uint64(low + stackSize/2), gSchedPC: pcOf(2, 3), gID: uint64(i + 1), gCreator: pcOf(4, 1), gStart: pcOf(5, 0),
		} {
			putWord(memory, g+at, v)
		}
		binary.LittleEndian.PutUint32(memory[g+gStatus:], statusWaiting)
		memory[g+gWaitReason] = selectNoCases + 2
	}
	memory[mainG+gWaitReason] = selectNoCases
	memory[runningG+gStatus] = 2
	memory[endedG+gStatus] = statusDead

	// The scheduler's goroutine, whose bounds are a guess: it has two frames above its stack pointer.
	putWord(memory, schedG+gID, 0)
	putWord(memory, schedG+gStackLow, schedTop-3*8192)
	putWord(memory, schedG+gStackHigh, schedTop-0x20)
	putWord(memory, schedG+gGuard1, schedTop-3*8192+stackGuard)
	putWord(memory, schedG+gSchedSP, schedTop-0x40)
	putWord(memory, schedTop-0x20, pcOf(0, 1))
	putWord(memory, schedTop-0x18, pcOf(1, 6))

	table = &pclntab{index: make([]byte, 3*entryBytes)}
	for i, id := range []byte{idMstart, idRt0} {
		head := make([]byte, funcBytes)
		head[offID] = id
		table.funcs = append(table.funcs, function{head: head})
		binary.LittleEndian.PutUint32(table.index[i*entryBytes:], uint32(firstTableIndex+i))
	}
	registers = make([]global, 8)
	registers[registerG].value = runningG
	registers[registerSP].value = handStack + stackSize - 0x28
	return memory, registers, table
}

func TestDeadWordsAreCleared(t *testing.T) {
	memory, registers, table := handGoroutines()
	before := bytes.Clone(memory)
	stacks, err := clearDeadWords(memory, registers, table)
	require.NoError(t, err)

	stackOf := func(i int) int { return handStack + i*stackSize }
	for name, c := range map[string]struct{ cleared, kept span }{
		"the running goroutine, by its register": {span{stackOf(0), stackOf(1) - 0x28}, span{stackOf(1) - 0x28, stackOf(1)}},
		"a goroutine that waits":                 {span{stackOf(1), stackOf(1) + stackSize/2}, span{stackOf(1) + stackSize/2, stackOf(2)}},
		"main":                                   {span{stackOf(2), stackOf(2) + stackSize/2}, span{stackOf(2) + stackSize/2, stackOf(3)}},
		"one that has ended":                     {span{stackOf(3), stackOf(4)}, span{stackOf(4), stackOf(4) + 8}},
		"the scheduler":                          {span{schedTop - 8192, schedTop - 0x40}, span{schedTop - 0x40, schedTop - 0x18}},
		"what calls the scheduler":               {span{schedTop - 0x18, schedTop}, span{schedTop, stateSize}},
		"what is below its stack":                {span{schedTop - 0x40 - 8, schedTop - 0x40}, span{schedTop - 8192 - 8, schedTop - 8192}},
		"who started a goroutine":                {span{waitingG + gCreator, waitingG + gCreator + 8}, span{waitingG + gStart, waitingG + gStart + 8}},
		"what main began with":                   {span{mainG + gStart, mainG + gStart + 8}, span{mainG + gSchedPC, mainG + gSchedPC + 8}},
	} {
		assert.Equal(t, make([]byte, c.cleared.high-c.cleared.low), memory[c.cleared.low:c.cleared.high], name)
		assert.Equal(t, before[c.kept.low:c.kept.high], memory[c.kept.low:c.kept.high], name)
	}
	assert.Equal(t, []span{{stackOf(2) + stackSize/2, stackOf(3)}, {mainG + gSchedPC, mainG + gSchedPC + 8}}, stacks, "only main never goes on")
}

func TestUnknownGoroutinesAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(memory []byte, registers []global){
		"the running one is none":        func(_ []byte, registers []global) { registers[registerG].value = 0x5100 },
		"a stack pointer outside":        func(_ []byte, registers []global) { registers[registerSP].value = 8 },
		"another guard":                  func(memory []byte, _ []global) { putWord(memory, runningG+gGuard1, 1) },
		"a stack that ends before it is": func(memory []byte, _ []global) { putWord(memory, runningG+gStackHigh, 8) },
	} {
		t.Run(name, func(t *testing.T) {
			memory, registers, table := handGoroutines()
			spoil(memory, registers)
			_, err := clearDeadWords(memory, registers, table)
			assert.ErrorAs(t, err, new(unknownLayout))
		})
	}
}

// Entries of functions that no stack has are dropped; the others are found as before.
func TestEntriesOfTheTable(t *testing.T) {
	s := handMade()
	s.table.index = make([]byte, (handBodies+1)*entryBytes)
	for i := range handBodies + 1 {
		binary.LittleEndian.PutUint32(s.table.index[i*entryBytes:], uint32(firstTableIndex+i))
		binary.LittleEndian.PutUint32(s.table.index[i*entryBytes+4:], uint32(100*i))
	}
	for range handBodies {
		head := bytes.Repeat([]byte{7}, funcBytes)
		clear(head[offPCSP : offPCSP+4])
		s.table.funcs = append(s.table.funcs, function{head: head, funcdata: bytes.Repeat([]byte{0xff}, 4)})
	}
	putWord(s.memory, handHeap, pcOf(5, 4))
	s.ignored = []span{{handHeap, handHeap + 8}}
	found := reach{runs: []bool{true, true, true, true, false, false}, value: []bool{0: true, 5: false}, self: []bool{1: true, 5: false}}
	found.self[4] = true // It would leave a return address, but it cannot run.
	require.NoError(t, s.clearUnusedEntries(found))

	var entries []int
	for i := range handBodies + 1 {
		entries = append(entries, uint32At(s.table.index, i*entryBytes)-firstTableIndex)
	}
	none := -firstTableIndex
	assert.Equal(t, []int{0, 1, 5, handBodies, none, none, none}, entries, "a value, one with return addresses, one on main's stack, the end")
	assert.Equal(t, 500, uint32At(s.table.index, 2*entryBytes+4))
	assert.Len(t, s.table.funcs, 3)
	assert.Equal(t, 3, uint64At(s.memory, handTable+wordBytes))
	assert.Equal(t, 4, uint64At(s.memory, handModule+wordBytes*(moduleFuncs+1)))
}
