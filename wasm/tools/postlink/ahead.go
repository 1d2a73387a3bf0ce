package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Go's runtime starts the same way in every page: it sets up its heap, its scheduler and its packages, half of all the functions that
// a page would have to compile. So it is started once, when it is built (js/ahead.mjs), and the program begins where that ended:
// memory and registers, which is all the state that WebAssembly has, are as they were then.

// registerName is what a program exports a register as, before its number, while it is started ahead.
const registerName = "register"

// pageBytes is WebAssembly's unit of memory.
const pageBytes = 64 << 10

const registerBytes = 8

// starters are the exports of Go's start, and of the return from events that only syscall/js and timers have.
var starters = map[string]bool{"run": true, "resume": true, "getsp": true}

var errState = errors.New("the state is not one of this program")

// exportRegisters lets the registers, which are WebAssembly's globals, be read from outside.
func exportRegisters(m *module) error {
	registers, exports, err := m.outside()
	if err != nil {
		return err
	}
	for i := range registers {
		exports = append(exports, export{fmt.Sprint(registerName, i), globalKind, uint64(i)})
	}
	m.setExports(exports)
	return nil
}

// startAhead makes the program begin with the state: its registers, then its memory.
func startAhead(m *module, state []byte) error {
	registers, exports, err := m.outside()
	if err != nil {
		return err
	}
	memory := len(state) - registerBytes*len(registers)
	if memory <= 0 || memory%pageBytes != 0 {
		return errState
	}
	for i := range registers {
		registers[i].value = int64(binary.LittleEndian.Uint64(state[i*registerBytes:]))
	}
	m.setGlobals(registers)

	var kept []export
	for _, e := range exports {
		if e.kind != globalKind && !starters[e.name] {
			kept = append(kept, e)
		}
	}
	m.setExports(kept)
	m.setMemory(uint64(memory / pageBytes))
	m.setBody(dataSection, appendData(nil, segmentsOf(state[len(state)-memory:])))
	return nil
}

// outside returns the registers, and what can be reached from outside.
func (m *module) outside() ([]global, []export, error) {
	registers, err := m.globals()
	if err != nil {
		return nil, nil, err
	}
	exports, err := m.exports()
	return registers, exports, err
}

// segmentsOf cuts memory into what is not zero.
func segmentsOf(memory []byte) []segment {
	var segments []segment
	for i := 0; i < len(memory); {
		if memory[i] == 0 {
			i++
			continue
		}
		end := i + 1
		for j := end; j < len(memory) && j-end < closeBy; j++ {
			if memory[j] != 0 {
				end = j + 1
			}
		}
		segments = append(segments, segment{i, memory[i:end]})
		i = end
	}
	return segments
}
