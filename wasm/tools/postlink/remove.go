package main

import (
	"encoding/binary"
	"slices"
)

// removeUnused removes what a program that has started cannot use any more: the bodies of functions, their entries in pclntab, and words of memory.
// A function that is called although it was removed traps, and the browser's error has its index.
func removeUnused(m *module, state []byte) error {
	registers, exports, memory, err := m.started(state)
	if err != nil {
		return err
	}
	c, err := m.code()
	if err != nil {
		return err
	}
	if err := m.checkTable(c); err != nil {
		return err
	}
	table, err := findPCLNTab(memory, 0)
	if err != nil {
		return err
	}
	s := &snapshot{code: c, memory: memory, registers: registers, exports: exports, table: table}
	if start := m.body(startSection); start != nil {
		r := reader{start}
		s.start = []int{int(r.unsigned())}
	}
	if len(registers) <= registerG {
		return unknownLayout("there are fewer registers than Go has")
	}
	if s.ignored, err = clearDeadWords(memory, registers, table); err != nil {
		return err
	}
	s.clearStart()
	isFunction := func(place int) bool { return s.functionOfPlace(place) >= 0 }
	types := s.types()
	all := types.all()
	types.clearReflection(all, isFunction, types.clearMethods(all, isFunction))
	found, err := s.reachableWithoutUnusedTypes(all)
	if err != nil {
		return err
	}
	bodies := slices.Clone(c.bodies)
	for i := range bodies {
		if !found.runs[i] {
			bodies[i] = removedBody
		}
	}
	if err := s.clearUnusedEntries(found); err != nil {
		return err
	}
	if bodies, err = s.rewrite(bodies, found); err != nil {
		return err
	}
	if err := s.orderRecords(); err != nil {
		return err
	}
	m.setBodies(bodies)
	return nil
}

// clearUnusedEntries shortens pclntab to the functions whose program counter can be on a stack, or begin a goroutine, because that is where the
// runtime looks one up. A function that leaves no return address on the stack, and that is only called, is never looked up.
func (s *snapshot) clearUnusedEntries(found reach) error {
	onStack := make([]bool, len(s.code.bodies))
	for i := range onStack {
		onStack[i] = found.runs[i] && (found.self[i] || found.value[i])
	}
	for _, stack := range s.ignored { // The collector walks these stacks.
		for at := stack.low; at < stack.high; at += wordBytes {
			if body := s.function(int64(uint64At(s.memory, at))); body >= 0 {
				onStack[body] = true
			}
		}
	}
	t := s.table
	before := t.funcdataKinds()
	var kept []function
	var index []byte
	for i, f := range t.funcs {
		entry := t.index[i*entryBytes : (i+1)*entryBytes]
		if body := s.functionOfPlace(uint32At(entry, 0)); body >= 0 && !onStack[body] {
			clear(f.head)
			clear(f.pcdata)
			clear(f.funcdata)
			continue
		}
		kept = append(kept, f)
		index = append(index, entry...)
	}
	index = append(index, t.index[len(t.funcs)*entryBytes:]...) // where the last function ends
	clear(t.index)
	copy(t.index, index)
	t.funcs = kept
	s.setEntryCount(len(kept))
	t.clearUnusedFuncdata(before)
	return t.clearUnusedPCTables()
}

// setEntryCount sets how many functions pclntab has, where its header and runtime.firstmoduledata say so.
func (s *snapshot) setEntryCount(count int) {
	binary.LittleEndian.PutUint64(s.memory[s.field(0)+wordBytes:], uint64(count))
	for _, word := range []int{moduleFuncs + 1, moduleFuncs + 2} {
		binary.LittleEndian.PutUint64(s.memory[s.table.module+wordBytes*word:], uint64(count+1))
	}
}
