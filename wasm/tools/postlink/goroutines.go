package main

import "encoding/binary"

// The layout of runtime.g, and of runtime.gobuf in it, in go1.26.8 on wasm.
const (
	gStackLow   = 0
	gStackHigh  = 8
	gGuard1     = 24
	gSchedSP    = 56
	gSchedPC    = 64
	gSchedG     = 72
	gStatus     = 144
	gID         = 152
	gWaitReason = 176
	gCreator    = 288 // gopc
	gStart      = 304 // startpc
	gBytes      = 448

	statusWaiting = 4
	statusDead    = 6
	selectNoCases = 17 // runtime.waitReasonSelectNoCases
	stackGuard    = 928
)

// Registers, by their numbers (cmd/link/internal/wasm: writeGlobalSec).
const (
	registerSP = 0
	registerG  = 2
)

// Functions that the runtime knows by a number (internal/abi: FuncID).
const (
	idMstart = 14
	idRt0    = 16
)

// span is the bytes of memory from low to high.
type span struct{ low, high int }

func (s span) has(at int) bool { return at >= s.low && at < s.high }

// goroutines returns the addresses of the goroutines, g0 among them. Each has a word in which it names itself, and stacks in their bounds.
func goroutines(memory []byte, current int) ([]int, error) {
	var all []int
	found := false
	for g := wordBytes; g+gBytes <= len(memory); g += wordBytes {
		if uint64At(memory, g+gSchedG) != g {
			continue
		}
		low, high := uint64At(memory, g+gStackLow), uint64At(memory, g+gStackHigh)
		guard := binary.LittleEndian.Uint64(memory[g+gGuard1:])
		if low <= 0 || !isAscending(low, high, len(memory)) || low%wordBytes != 0 || (guard != ^uint64(0) && guard != uint64(low+stackGuard)) {
			continue
		}
		all = append(all, g)
		found = found || g == current
	}
	if !found {
		return nil, unknownLayout("the running goroutine is not where it is expected")
	}
	return all, nil
}

// clearDeadWords clears the words of goroutines that nothing reads any more:
//   - The part of a stack below its stack pointer. A function writes what it has there before it reads it.
//   - Who started a goroutine: only tracebacks tell.
//   - The stack of a goroutine that has ended. Another goroutine may get it, and finds it as if it were new.
//   - What is above the function that begins a stack of the scheduler. This function, mstart, never returns, so its caller never goes on.
//
// It returns the stacks whose functions never run again, although the collector still reads where they stand: those of goroutines that wait in
// a select without cases, as main does. Nothing can wake them.
func clearDeadWords(memory []byte, registers []global, table *pclntab) (neverResumed []span, err error) {
	current := int(registers[registerG].value)
	all, err := goroutines(memory, current)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		low, high, sp := uint64At(memory, g+gStackLow), uint64At(memory, g+gStackHigh), uint64At(memory, g+gSchedSP)
		if g == current {
			sp = int(uint32(registers[registerSP].value))
		}
		status := uint32At(memory, g+gStatus)
		clear(memory[g+gCreator : g+gCreator+wordBytes])
		if status == statusDead {
			clear(memory[low:high])
			continue
		}
		if !isAscending(low, sp, high) || sp%wordBytes != 0 {
			return nil, unknownLayout("a stack pointer is outside of its stack")
		}
		if uint64At(memory, g+gID) == 0 {
			clearSchedulerStack(memory, sp, table)
			continue
		}
		clear(memory[low:sp])
		if status == statusWaiting && memory[g+gWaitReason] == selectNoCases {
			clear(memory[g+gStart : g+gStart+wordBytes])
			neverResumed = append(neverResumed, span{sp, high}, span{g + gSchedPC, g + gSchedPC + wordBytes})
		}
	}
	return neverResumed, nil
}

// clearSchedulerStack clears the part of the scheduler's stack (runtime.wasmStack) below its stack pointer, and its uppermost words: the return
// address of the function that begins it, and the two arguments of the program, which are all that the caller, rt0_go, has there. The bounds of
// this stack that its goroutine has are a guess (runtime.mstart0), so it is found by its top.
func clearSchedulerStack(memory []byte, sp int, table *pclntab) {
	const searched, stackBytes, callerWords = 16, 8192, 3
	for at := sp; at < sp+searched*wordBytes && at+(1+callerWords)*wordBytes <= len(memory); at += wordBytes {
		if table.idAt(uint64At(memory, at)) != idMstart || table.idAt(uint64At(memory, at+wordBytes)) != idRt0 {
			continue
		}
		top := at + (1+callerWords)*wordBytes
		clear(memory[at+wordBytes : top])
		clear(memory[max(0, top-stackBytes):sp])
		return
	}
}
