package main

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Go's compiler gives a function more places than it has labels, so that tables by program counter can tell more of them apart than calls and jumps
// need. Here the places become the labels that are left, in order. The tables then have fewer and smaller numbers, and br_table has none but
// 0, 1, 2, and so on.
//
// The runtime reads two tables of the functions on a stack: at a return address, how large the frame is, and one before it, which words of the frame
// are pointers. At the beginning of a call of deferreturn, where a function goes on that has recovered from a panic, it reads both, too. The new
// tables have there what the old ones have.
//
// A panic does not return, so nothing goes on behind its call. Such calls get no label, and those in a function that have the same entries in both
// tables have one place. Of a function that called sigpanic, which is for nil pointers, the runtime does not read the pointers there: either it goes on
// at deferreturn, or its frame counts as empty (runtime.unwinder.resolveInternal and stkframe.getStackMap).

const (
	opPanicAddress = 0xf3 // as opReturnAddress, but the function that is called does not return
	opFaultAddress = 0xf4 // the same, and it is sigpanic
	offDeferReturn = 12
	pcStackMap     = 1

	// panicPlace is the place of calls that panic, if it is free. It is the highest whose number has one byte.
	panicPlace = 63
)

// placeTable is a table of values by place: each value up to a limit.
type placeTable []struct{ value, limit int }

func parsePCTable(pcs []byte, offset int) placeTable {
	var t placeTable
	if offset == 0 {
		return nil
	}
	r := reader{pcs[offset:]}
	for value, place := -1, 0; ; {
		delta := r.unsigned()
		if delta == 0 && len(t) > 0 || r.rest == nil {
			return t
		}
		value += int(delta>>1) ^ -int(delta&1)
		place += int(r.unsigned())
		t = append(t, struct{ value, limit int }{value, place})
	}
}

// at returns the value at a place, or -1, as the runtime does.
func (t placeTable) at(place int) int {
	for _, entry := range t {
		if place < entry.limit {
			return entry.value
		}
	}
	return -1
}

// appendPCTable appends the table that has these values at these places.
func appendPCTable(out []byte, values map[int]int) []byte {
	last, value, first := 0, -1, true
	places := slices.Sorted(maps.Keys(values))
	for i, place := range places {
		if i+1 < len(places) && values[places[i+1]] == values[place] {
			continue
		}
		delta := values[place] - value
		out = binary.AppendUvarint(out, uint64(delta<<1)^uint64(delta>>63))
		out = binary.AppendUvarint(out, uint64(place+1-last))
		last, value, first = place+1, values[place], false
	}
	if first {
		return out
	}
	return append(out, 0)
}

// renumbering collects what the tables of one function must have.
type renumbering struct {
	numbering
	sp, stackMap       map[int]int // by new place
	oldSP, oldStackMap placeTable
}

func (n *renumbering) keepAt(place, old int) {
	n.sp[place] = n.oldSP.at(old)
	if place > 0 {
		n.stackMap[place-1] = n.oldStackMap.at(old - 1)
	}
}

// number chooses the places of all functions, and writes their tables.
func (w *rewriter) number() ([]numbering, error) {
	entries := map[int]function{}
	for i, f := range w.table.funcs {
		if body := w.functionOfPlace(uint32At(w.table.index, i*entryBytes)); body >= 0 {
			entries[body] = f
		}
	}
	named := w.namedInside()
	all := make([]numbering, len(w.functions))
	tables := newPCTables(w.table.pcs)
	for i, f := range w.functions {
		entry, inTable := entries[i]
		if f != nil && !named[i] && (!inTable || !entry.hasInlined()) {
			if n := f.renumber(entry, w.table.pcs); n != nil {
				all[i] = n.numbering
				if inTable {
					tables.set(entry, n)
				}
				continue
			}
		}
		if f != nil {
			all[i] = f.sameNumbers()
		}
		if inTable {
			tables.keep(entry)
		}
	}
	return all, tables.write(w.table.pcs)
}

// namedInside returns the functions that memory, a register or another function names elsewhere than at their beginning. Their places must stay.
func (w *rewriter) namedInside() []bool {
	named := make([]bool, len(w.functions))
	see := func(pc int64) {
		if body := w.function(pc); body >= 0 && pc&maxPlace != 0 {
			named[body] = true
		}
	}
	table := span{w.field(0), w.field(moduleEndTable)}
	for at := 0; at+wordBytes <= len(w.memory); at += wordBytes {
		if !table.has(at) {
			see(int64(uint64At(w.memory, at)))
		}
	}
	for _, r := range w.registers {
		see(r.value)
	}
	for i, f := range w.functions {
		if f == nil {
			if refs, err := referencesOf(w.code.bodies[i]); err == nil {
				for _, n := range refs.numbers {
					see(n)
				}
			}
			continue
		}
		for _, s := range f.steps {
			if s.op == opI32Const || s.op == opI64Const {
				see(s.signed())
			}
		}
	}
	return named
}

// hasInlined tells whether the runtime knows which functions were inlined at a place.
func (f function) hasInlined() bool {
	return len(f.pcdata) > 4*pcInlTree && uint32At(f.pcdata, 4*pcInlTree) != 0
}

func (f function) stackMap() int {
	if len(f.pcdata) <= 4*pcStackMap {
		return 0
	}
	return uint32At(f.pcdata, 4*pcStackMap)
}

// sameNumbers leaves a function's places as they are.
func (f *goFunction) sameNumbers() numbering {
	n := numbering{places: map[int]int{}, table: f.table, count: f.labels}
	for label := range f.labels {
		n.labels = append(n.labels, label)
	}
	for _, s := range f.steps {
		if s.isReturnAddress() {
			n.places[int(s.unsigned())] = int(s.unsigned())
		}
	}
	return n
}

// renumber chooses the places of a function. It returns nil if they must stay, because two places have one label.
func (f *goFunction) renumber(entry function, pcs []byte) *renumbering {
	n := &renumbering{numbering: numbering{places: map[int]int{}, table: []int{0}}, sp: map[int]int{}, stackMap: map[int]int{}}
	deferReturn := 0
	if entry.head != nil {
		n.oldSP, n.oldStackMap = parsePCTable(pcs, entry.word(offPCSP)), parsePCTable(pcs, entry.stackMap())
		deferReturn = entry.word(offDeferReturn)
	}
	returns, panics, ok := f.placesOfCalls()
	if !ok || (deferReturn > 0 && !f.setPlace(returns, deferReturn)) {
		return nil
	}
	if f.labels > 0 {
		n.setLabels(f, returns, deferReturn)
	}
	n.keepAt(0, 0)
	n.places[0] = 0
	for label, old := range returns {
		n.places[old] = n.labels[label]
		n.keepAt(n.labels[label], old)
	}
	if deferReturn > 0 {
		n.stackMap[n.places[deferReturn]] = n.oldStackMap.at(deferReturn)
	}
	n.setPanics(panics)
	return n
}

// setPlace notes that a function goes on at a place, by its label. It returns false if another place has this label.
func (f *goFunction) setPlace(returns map[int]int, place int) bool {
	if place >= len(f.table) {
		return false
	}
	label := f.table[place]
	old, found := returns[label]
	returns[label] = place
	return label > 0 && (!found || old == place)
}

// placesOfCalls returns the places at which the function goes on after calls, by their labels, and those at which it does not. A call that can unwind
// has its label behind it, except that of morestack, after which the function begins again.
func (f *goFunction) placesOfCalls() (returns map[int]int, panics []instruction, ok bool) {
	returns = map[int]int{}
	for i, s := range f.steps {
		place := 0
		if s.isReturnAddress() {
			place = int(s.unsigned())
		}
		if place == 0 {
			continue
		}
		if s.op != opReturnAddress {
			panics = append(panics, s)
			continue
		}
		after := f.steps[i+1:]
		call := slices.IndexFunc(after, func(i instruction) bool { return i.op == opCall || i.op == opCallIndirect })
		after = after[call+1:]
		if !startsWith(after, unwinding) || len(after) == len(unwinding) || after[len(unwinding)].op != opLabel || !f.setPlace(returns, place) {
			return nil, nil, false
		}
		if after[len(unwinding)].unsigned() != uint64(f.table[place]) {
			return nil, nil, false
		}
	}
	return returns, panics, true
}

// setLabels numbers the labels at which the function goes on, or to which it jumps. The runtime reads the pointers at deferReturn itself, so the next
// label is one further if the pointers before it are others.
func (n *renumbering) setLabels(f *goFunction, returns map[int]int, deferReturn int) {
	needed := make([]bool, f.labels)
	for label := range returns {
		needed[label] = true
	}
	highest := 0
	for label := range returns {
		highest = max(highest, label)
	}
	passed := 0
	for _, s := range f.steps {
		switch s.op {
		case opLabel:
			passed = int(s.unsigned())
		case opJump:
			needed[s.unsigned()] = true
			if to := int(s.unsigned()); to <= passed {
				highest = max(highest, to)
			}
		}
	}
	n.labels = make([]int, f.labels)
	n.count = 1
	for label := 1; label < f.labels; label++ {
		n.labels[label] = n.labels[label-1]
		if !needed[label] {
			continue
		}
		if old, goesOn := returns[label]; goesOn && deferReturn > 0 && f.table[deferReturn] < label && n.labels[f.table[deferReturn]] == n.count-1 &&
			n.oldStackMap.at(old-1) != n.oldStackMap.at(deferReturn) {
			n.count++
		}
		n.labels[label] = n.count
		n.count++
	}
	for place := 1; place <= n.labels[highest]; place++ {
		n.table = append(n.table, place)
	}
}

// setPanics gives places to the calls that do not return.
func (n *renumbering) setPanics(panics []instruction) {
	type entries struct{ sp, stackMap int }
	given, bySize := map[entries]int{}, map[int]int{}
	next, step := panicPlace, -2
	give := func(old int) int {
		if step < 0 && next <= n.count+1 {
			next, step = max(n.count, panicPlace)+2, 2
		}
		place := next
		next += step
		n.keepAt(place, old)
		bySize[n.oldSP.at(old)] = place
		return place
	}
	for _, s := range panics {
		old := int(s.unsigned())
		key := entries{n.oldSP.at(old), n.oldStackMap.at(old - 1)}
		if _, found := given[key]; !found && s.op == opPanicAddress {
			given[key] = give(old)
		}
		n.places[old] = given[key]
	}
	for _, s := range panics {
		if s.op == opPanicAddress {
			continue
		}
		old := int(s.unsigned())
		if _, found := bySize[n.oldSP.at(old)]; !found {
			give(old)
		}
		n.places[old] = bySize[n.oldSP.at(old)]
	}
}

func (i instruction) isReturnAddress() bool {
	return i.op == opReturnAddress || i.op == opPanicAddress || i.op == opFaultAddress
}

// pcTables collects the tables of all functions.
type pcTables struct {
	old, text []byte
	at        map[string]int
}

func newPCTables(old []byte) *pcTables {
	return &pcTables{old: old, text: []byte{0}, at: map[string]int{"": 0}}
}

func (t *pcTables) add(table []byte) int {
	at, found := t.at[string(table)]
	if !found {
		at = len(t.text)
		t.at[string(table)] = at
		t.text = append(t.text, table...)
	}
	return at
}

func put32(b []byte, at, value int) { binary.LittleEndian.PutUint32(b[at:], uint32(value)) }

// set sets the tables of a function whose places have changed.
func (t *pcTables) set(f function, n *renumbering) {
	put32(f.head, offPCSP, t.add(appendPCTable(nil, n.sp)))
	if f.stackMap() > 0 {
		put32(f.pcdata, 4*pcStackMap, t.add(appendPCTable(nil, n.stackMap)))
	}
	if old := f.word(offDeferReturn); old > 0 {
		put32(f.head, offDeferReturn, n.places[old])
	}
}

// keep copies the tables of a function.
func (t *pcTables) keep(f function) {
	copied := func(offset int) int {
		keep := make([]bool, len(t.old))
		markPCTable(keep, t.old, offset)
		end := offset
		for offset > 0 && end < len(keep) && keep[end] {
			end++
		}
		return t.add(t.old[offset:end])
	}
	put32(f.head, offPCSP, copied(f.word(offPCSP)))
	for at := 0; at < len(f.pcdata); at += 4 {
		put32(f.pcdata, at, copied(uint32At(f.pcdata, at)))
	}
}

func (t *pcTables) write(pcs []byte) error {
	if len(t.text) > len(pcs) {
		return unknownLayout("the tables by program counter have become larger")
	}
	clear(pcs)
	copy(pcs, t.text)
	return nil
}

// findPanics returns for each function opPanicAddress or opFaultAddress, by which its callers call it, if panicNames has it. It clears these names.
func (s *snapshot) findPanics() []byte {
	panics := make([]byte, len(s.code.bodies))
	for i, f := range s.table.funcs {
		if body := s.functionOfPlace(uint32At(s.table.index, i*entryBytes)); body >= 0 && slices.Contains(panicNames, string(s.table.nameOf(f))) {
			panics[body] = opPanicAddress
			if string(s.table.nameOf(f)) == sigpanic {
				panics[body] = opFaultAddress
			}
			f.clear(offName)
			f.head[offName] = 1
		}
	}
	clear(s.table.names[len(runtimePrefix)+1:])
	return panics
}
