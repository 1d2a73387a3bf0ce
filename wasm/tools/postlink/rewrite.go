package main

import (
	"slices"
)

// A call in Go's code puts the return address on the Go stack, and then passes 0 as the place at which the called function shall begin. A return
// address is a program counter: the function, and the place in it. Here the caller passes the return address itself, and the called function puts
// it on the stack. The least return address is higher than the highest place, so a function can tell what it is given. A caller adds the place to its
// own program counter, which it has in a local. So what differs between calls is only the place and the called function, side by side, and
// compressed programs are smaller by a tenth.

const (
	opReturnAddress = 0xf2 // the return address of a place, which is the operand
	localBase       = 2    // the local with the program counter of the function's beginning
	maxPlace        = 1<<pcBlockBits - 1
	maxBodies       = 1<<(31-pcBlockBits) - firstTableIndex
)

// keepReturnAddress begins a function that may be given a return address.
var keepReturnAddress = []instruction{
	unsigned(opLocalGet, 0), signed(opI32Const, maxPlace), plain(opI32GtU), {opIf, []byte{emptyBlock}},
	unsigned(opGlobalGet, 0), signed(opI32Const, wordBytes), plain(opI32Sub), unsigned(opGlobalSet, 0),
	unsigned(opGlobalGet, 0), unsigned(opLocalGet, 0), plain(opI64ExtendI32U), memory(opI64Store, 3, 0),
	signed(opI32Const, 0), unsigned(opLocalSet, 0), plain(opEnd),
}

// unwinding follows a call, in parsed code: SP may have changed, and if the called function unwinds, so does this one.
var unwinding = append(slices.Clone(loadSP), instruction{opIf, []byte{emptyBlock}}, signed(opI32Const, 1), plain(opReturn), plain(opEnd))

// rewriter rewrites the functions of a program that are in the usual form.
type rewriter struct {
	*snapshot
	functions []*goFunction // nil for those of another form
	takes     []bool        // it is given return addresses
	panics    []byte        // how it is called if it does not return
}

// rewrite rewrites all functions that can run.
func (s *snapshot) rewrite(bodies [][]byte, found reach) ([][]byte, error) {
	if len(bodies) > maxBodies {
		return nil, unknownLayout("there are more functions than a number of 32 bits can name with a place")
	}
	w := &rewriter{snapshot: s, functions: make([]*goFunction, len(bodies)), takes: make([]bool, len(bodies)), panics: s.findPanics()}
	for i, text := range bodies {
		if !found.runs[i] {
			continue
		}
		b, err := parseBody(text)
		if err != nil {
			return nil, err
		}
		if w.functions[i] = parseGoFunction(b); w.functions[i] == nil && found.value[i] {
			return nil, unknownLayout("a function that is a value has another form")
		}
		w.takes[i] = found.value[i]
	}
	for i, f := range w.functions {
		if f != nil {
			f.steps = w.withReturnAddresses(simplify(f.steps), i)
		}
	}
	numbers, err := w.number()
	if err != nil {
		return nil, err
	}
	out := slices.Clone(bodies)
	for i, f := range w.functions {
		if f != nil {
			out[i] = f.bytes(w.takes[i], firstTableIndex+i, numbers[i])
		}
	}
	return out, nil
}

// withReturnAddresses passes return addresses to the functions that are called.
func (w *rewriter) withReturnAddresses(in []instruction, body int) []instruction {
	var out []instruction
	for i := 0; i < len(in); i++ {
		const pushed = 8
		place := w.pushedPlace(in[i:], body)
		if place < 0 {
			out = append(out, in[i])
			continue
		}
		address := unsigned(opReturnAddress, uint64(place))
		switch call := in[i+pushed:]; {
		case call[0].is(opI32Const, 0) && call[1].op == opCall && w.isUsual(int(call[1].unsigned())):
			callee := int(call[1].unsigned()) - w.code.imported
			w.takes[callee] = true
			i += pushed + 1
			if w.panics[callee] > 0 && startsWith(call[2:], unwinding) {
				address.op = w.panics[callee]
				out = append(out, address, call[1], plain(opReturn))
				i += len(unwinding)
				continue
			}
			out = append(out, address, call[1])
		case call[0].is(opI64Const, pcBlockBits) && call[3].is(opLocalSet, 0) && call[4].is(opI32Const, 0) && call[6].op == opCallIndirect:
			out = append(append(append(out, call[:4]...), address), call[5:7]...)
			i += pushed + 6
		default:
			out = append(out, in[i])
		}
	}
	return out
}

func (w *rewriter) isUsual(function int) bool {
	return function >= w.code.imported && w.functions[function-w.code.imported] != nil
}

// push is what a call does before it writes the return address, which the two instructions behind it do.
var push = []instruction{
	unsigned(opLocalGet, 1), signed(opI32Const, wordBytes), plain(opI32Sub), unsigned(opLocalTee, 1), unsigned(opGlobalSet, 0), unsigned(opLocalGet, 1),
}

// pushedPlace returns the place of the return address that the first instructions put on the stack, if they do that, or -1.
func (w *rewriter) pushedPlace(in []instruction, body int) int {
	const constant, store, longestCall = 6, 7, 7
	if !startsWith(in, push) || len(in) <= store+longestCall || in[constant].op != opI64Const || !in[store].is(opI64Store, 3, 0) {
		return -1
	}
	pc := in[constant].signed()
	if w.function(pc) != body {
		return -1
	}
	return int(pc & maxPlace)
}

// numbering says which places a rewritten function has.
type numbering struct {
	places map[int]int // new places by old ones
	labels []int       // new labels by old ones, or -1 where the function needs none
	count  int         // of new labels
	table  []int       // for br_table
}

// bytes returns the rewritten body.
func (f *goFunction) bytes(takesReturnAddress bool, place int, n numbering) []byte {
	var start []instruction
	if takesReturnAddress {
		start = append(start, keepReturnAddress...)
	}
	start = append(start, loadSP...)
	locals := f.locals
	steps := f.steps
	if slices.ContainsFunc(steps, instruction.isReturnAddress) {
		start = append(start, signed(opI32Const, int64(place)<<pcBlockBits), unsigned(opLocalSet, localBase))
		locals = slices.Clone(locals)
		locals[1]++
		steps = withLocalBase(steps, n)
	}
	return functionBody{locals, append(start, f.withBlocks(steps, n)...)}.bytes()
}

// withLocalBase makes room for the local, and writes the return addresses.
func withLocalBase(in []instruction, n numbering) []instruction {
	var out []instruction
	for _, i := range in {
		switch {
		case i.isReturnAddress():
			out = append(out, unsigned(opLocalGet, localBase), signed(opI32Const, int64(n.places[int(i.unsigned())])), plain(opI32Add))
		case i.op >= opLocalGet && i.op <= opLocalTee && i.unsigned() >= localBase:
			out = append(out, unsigned(i.op, i.unsigned()+1))
		default:
			out = append(out, i)
		}
	}
	return out
}

// withBlocks writes the blocks of the labels, and the jumps. A jump forward leaves the block that ends at its label. Other jumps begin the loop again.
func (f *goFunction) withBlocks(steps []instruction, n numbering) []instruction {
	if f.labels == 0 {
		return steps
	}
	var out []instruction
	loops := n.loops(steps)
	if loops {
		out = append(out, instruction{opLoop, []byte{emptyBlock}})
	}
	for range n.count - 1 {
		out = append(out, instruction{opBlock, []byte{emptyBlock}})
	}
	if len(n.table) > 1 {
		out = append(out, instruction{opBlock, []byte{emptyBlock}}, unsigned(opLocalGet, 0), brTable(n.table), plain(opEnd))
	}
	label, inner := 0, 0
	for i := 0; i < len(steps); i++ {
		switch o := steps[i]; o.op {
		case opLabel:
			for to := n.labels[o.unsigned()]; label < to; label++ {
				out = append(out, plain(opEnd))
			}
		case opJump:
			to := n.labels[o.unsigned()]
			depth := inner + to - label - 1
			isLast := i+1 < len(steps) && steps[i+1].op == opEnd && inner > 0
			switch {
			case to <= label:
				out = append(out, signed(opI32Const, int64(slices.Index(n.table, to))), unsigned(opLocalSet, 0), unsigned(opBr, uint64(inner+n.count-1-label)))
			case isLast && out[len(out)-1].op == opIf:
				out[len(out)-1] = unsigned(opBrIf, uint64(depth-1))
				inner--
				i++
			case inner == 0 && to == label+1 && i+1 < len(steps) && steps[i+1].op == opLabel && n.labels[steps[i+1].unsigned()] == to:
			default:
				out = append(out, unsigned(opBr, uint64(depth)))
			}
		default:
			if o.opensBlock() {
				inner++
			} else if o.op == opEnd {
				inner--
			}
			out = append(out, o)
		}
	}
	if loops {
		out = append(out, plain(opEnd))
	}
	return append(out, plain(opUnreachable), plain(opEnd))
}

// loops tells whether a function jumps back.
func (n numbering) loops(steps []instruction) bool {
	label := 0
	for _, s := range steps {
		if s.op == opLabel {
			label = max(label, n.labels[s.unsigned()])
		} else if s.op == opJump && n.labels[s.unsigned()] <= label {
			return true
		}
	}
	return false
}

func brTable(labels []int) instruction {
	i := unsigned(opBrTable, uint64(len(labels)-1))
	for _, label := range labels {
		i.operands = append(i.operands, unsigned(0, uint64(label)).operands...)
	}
	return i
}
