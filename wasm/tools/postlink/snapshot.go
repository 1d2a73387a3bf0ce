package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Go's runtime starts in the same way in every page: it sets up its heap, its scheduler and its packages. That is half of all functions that
// a page would have to compile. So js/snapshot.mjs starts the program when it is built, and writes down its state: registers and memory,
// which is all the state that a WebAssembly program has. The program for the page begins in that state.

// registerName begins the names under which the linked program exports its registers. A number follows.
const registerName = "register"

// pageBytes is the size of a page, WebAssembly's unit of memory.
const pageBytes = 64 << 10

const registerBytes = 8

// startExports are exported functions that only a program needs that has not started, or that uses syscall/js or timers.
var startExports = map[string]bool{"run": true, "resume": true, "getsp": true}

var errSnapshot = errors.New("the state is not one of this program")

// exportRegisters exports the registers, which are WebAssembly globals, so that js/snapshot.mjs can read them.
func exportRegisters(m *module) error {
	registers, exports, err := m.globalsAndExports()
	if err != nil {
		return err
	}
	for i := range registers {
		exports = append(exports, export{fmt.Sprint(registerName, i), globalKind, uint64(i)})
	}
	m.setExports(exports)
	return nil
}

// applySnapshot makes the program begin in the given state: 8 bytes for each register, then the memory.
func applySnapshot(m *module, state []byte) error {
	registers, exports, memory, err := m.started(state)
	if err != nil {
		return err
	}
	m.setGlobals(registers)
	m.setExports(exports)
	m.setMemoryPages(uint64(len(memory) / pageBytes))
	m.setBody(dataSection, appendDataSection(nil, nonZeroSegments(memory)))
	return nil
}

// started returns what the program has after its start: registers, those exports that are still of use, and memory, which is a part of state.
func (m *module) started(state []byte) (registers []global, kept []export, memory []byte, err error) {
	registers, exports, err := m.globalsAndExports()
	if err != nil {
		return nil, nil, nil, err
	}
	size := len(state) - registerBytes*len(registers)
	if size <= 0 || size%pageBytes != 0 {
		return nil, nil, nil, errSnapshot
	}
	for i := range registers {
		registers[i].value = int64(binary.LittleEndian.Uint64(state[i*registerBytes:]))
	}
	for _, e := range exports {
		if e.kind != globalKind && !startExports[e.name] {
			kept = append(kept, e)
		}
	}
	return registers, kept, state[len(state)-size:], nil
}

// globalsAndExports returns the registers and everything that the program exports.
func (m *module) globalsAndExports() ([]global, []export, error) {
	registers, err := m.globals()
	if err != nil {
		return nil, nil, err
	}
	exports, err := m.exports()
	return registers, exports, err
}

// nonZeroSegments returns the parts of memory that are not zero. Short runs of zeros are included.
func nonZeroSegments(memory []byte) []segment {
	var segments []segment
	for i := 0; i < len(memory); {
		if memory[i] == 0 {
			i++
			continue
		}
		end := i + 1
		for j := end; j < len(memory) && j-end < maxMergedGap; j++ {
			if memory[j] != 0 {
				end = j + 1
			}
		}
		segments = append(segments, segment{i, memory[i:end]})
		i = end
	}
	return segments
}
