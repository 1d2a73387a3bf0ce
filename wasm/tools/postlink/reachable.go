package main

import (
	"encoding/binary"
	"slices"
)

// Which functions can still run? A program that has started never runs its start again, and Go's linker keeps more than that: all that memory
// names. This pass finds the functions that something names which can be used, and removes the bodies of the others.
//
// Something names a function by its program counter, which is its place in the table of functions, followed by 16 bits for the place in it. These
// are all the places where Go's compiler, linker and runtime put names that are called or jumped to:
//   - Exports, and calls in the body of a function that can run.
//   - Numbers in such a body: return addresses, which name the function itself, and few others, such as systemstack_switch.
//   - Words in memory, of 8 bytes and aligned: return addresses on stacks, where a goroutine goes on, lists of methods for an interface (itabs),
//     functions in the heap with variables of their own, tasks for the start. Every such word counts, whatever it belongs to.
//   - Read-only words for function values without variables. Each is an object of its own: the linker puts one program counter there, and code
//     uses it through the address of this word. So it counts only if a function that can run, or any word in memory, mentions its address.
//     Read-only program counters of itabs are parts of larger objects, so they always count.
//   - Lists of methods of types, which have two adjacent places in the table of functions, of 4 bytes each. The linker keeps both or neither.
//     See methods.go.
//   - Registers.
//
// Other tables name functions without calling them, and so do not count: pclntab, runtime.firstmoduledata, and the stacks of goroutines that never go
// on (goroutines.go).

// snapshot is a program that has started.
type snapshot struct {
	code      code
	memory    []byte
	registers []global
	exports   []export
	start     []int // of the start section
	table     *pclntab
	ignored   []span // words that name functions, which do not run for this reason
}

// reach is what is known of each function.
type reach struct {
	runs  []bool // it can run
	value []bool // something other than a call names it
	self  []bool // it mentions its own program counter, which it does to leave a return address on the stack
}

func (s *snapshot) field(word int) int {
	return uint64At(s.memory, s.table.module+wordBytes*word)
}

func (s *snapshot) types() types {
	return types{s.memory, span{s.field(moduleTypes), s.field(moduleEndTypes)}}
}

// function returns which body a program counter names, or -1.
func (s *snapshot) function(pc int64) int { return s.functionOfPlace(int(pc >> pcBlockBits)) }

func (s *snapshot) functionOfPlace(place int) int {
	if place < firstTableIndex || place >= firstTableIndex+len(s.code.bodies) {
		return -1
	}
	return place - firstTableIndex
}

// search is the state of the search for functions that can run.
type search struct {
	*snapshot
	reach
	values map[int]int // read-only function values: the body that the word at an address names
	queue  []int
}

func (s *search) mark(body int) {
	if !s.runs[body] {
		s.runs[body] = true
		s.queue = append(s.queue, body)
	}
}

// number takes in a number that a body, a register or a word in memory has: it may be a program counter or the address of a function value.
func (s *search) number(v int64, of int) {
	if body := s.function(v); body >= 0 {
		if body == of {
			s.self[body] = true
		} else {
			s.value[body] = true
			s.mark(body)
		}
	}
	if body, ok := s.values[int(v)]; ok {
		s.value[body] = true
		s.mark(body)
	}
}

const noFunction = -1

// reachable finds the functions that can run.
func (s *snapshot) reachable() (reach, error) {
	count := len(s.code.bodies)
	search := search{snapshot: s, reach: reach{make([]bool, count), make([]bool, count), make([]bool, count)}, values: s.functionValues()}
	for _, e := range s.exports {
		if e.kind == functionKind && int(e.index) >= s.code.imported {
			search.mark(int(e.index) - s.code.imported)
		}
	}
	for _, index := range s.start {
		if index >= s.code.imported {
			search.mark(index - s.code.imported)
		}
	}
	for _, r := range s.registers {
		search.number(r.value, noFunction)
	}
	s.eachWord(func(at int, word int64) {
		if _, isValue := search.values[at]; !isValue {
			search.number(word, noFunction)
		}
	})
	s.eachMethod(func(body int) {
		search.value[body] = true
		search.mark(body)
	})
	for len(search.queue) > 0 {
		body := search.queue[len(search.queue)-1]
		search.queue = search.queue[:len(search.queue)-1]
		refs, err := referencesOf(s.code.bodies[body])
		if err != nil {
			return reach{}, err
		}
		if refs.changesTable {
			return reach{}, unknownLayout("code that changes the table of functions")
		}
		for _, callee := range refs.functions {
			if callee >= s.code.imported+count {
				return reach{}, errNotWasm
			}
			if callee >= s.code.imported {
				search.mark(callee - s.code.imported)
			}
		}
		for _, n := range refs.numbers {
			search.number(n, body)
		}
	}
	return search.reach, nil
}

// eachWord calls f for each word of memory that may name a function which runs for this reason.
func (s *snapshot) eachWord(f func(at int, word int64)) {
	module := s.table.module
	skipped := append(slices.Clone(s.ignored),
		span{s.field(0), s.field(moduleEndTable)},
		span{module + wordBytes*(moduleFindFunc+1), module + wordBytes*(moduleFindFunc+3)})
	slices.SortFunc(skipped, func(a, b span) int { return a.low - b.low })
	for at := 0; at+wordBytes <= len(s.memory); at += wordBytes {
		for len(skipped) > 0 && at >= skipped[0].high {
			skipped = skipped[1:]
		}
		if len(skipped) == 0 || at < skipped[0].low {
			f(at, int64(binary.LittleEndian.Uint64(s.memory[at:])))
		}
	}
}

// functionValues returns the read-only words that are function values: those that name the beginning of a function and are in no itab.
func (s *snapshot) functionValues() map[int]int {
	values := map[int]int{}
	readOnly := s.types().at
	for at := (readOnly.low + wordBytes - 1) &^ (wordBytes - 1); at+wordBytes <= readOnly.high; at += wordBytes {
		if word := int64(uint64At(s.memory, at)); s.function(word) >= 0 && word&(1<<pcBlockBits-1) == 0 {
			values[at] = s.function(word)
		}
	}
	// runtime.itab: the interface, the type, a hash, and as many program counters as the interface has methods.
	const methods, methodCount = 3 * wordBytes, interfaceMethods + wordBytes
	s.eachInList(moduleItabLinks, func(itab int) {
		for i := range uint64At(s.memory, uint64At(s.memory, itab)+methodCount) {
			delete(values, itab+methods+wordBytes*i)
		}
	})
	return values
}

// eachInList calls f for each address in a list of runtime.firstmoduledata.
func (s *snapshot) eachInList(list int, f func(address int)) {
	first := s.field(list)
	for i := range s.field(list + 1) {
		f(uint64At(s.memory, first+wordBytes*i))
	}
}

// eachMethod calls f for each function that the types' lists of methods name.
func (s *snapshot) eachMethod(f func(body int)) {
	at := s.types().at
	for i := (at.low + 3) &^ 3; i+8 <= at.high; i += 4 {
		byTable, direct := s.functionOfPlace(uint32At(s.memory, i)), s.functionOfPlace(uint32At(s.memory, i+4))
		if byTable >= 0 && direct >= 0 {
			f(byTable)
			f(direct)
		}
	}
}

// clearStart clears what only a start needs: the lists of packages' init functions, where they are done, and the list of all types, which package
// reflect reads, and the runtime in a program of several modules.
func (s *snapshot) clearStart() {
	const head, done = 8, 2 // runtime.initTask: its state, the number of functions, and the functions
	s.eachInList(moduleInitTasks, func(task int) {
		if uint32At(s.memory, task) == done {
			clear(s.memory[task+head:][:wordBytes*uint32At(s.memory, task+4)])
		}
	})
	const typeLinkBytes = 4
	first := s.field(moduleTypeLinks)
	clear(s.memory[first:][:typeLinkBytes*s.field(moduleTypeLinks+1)])
}
