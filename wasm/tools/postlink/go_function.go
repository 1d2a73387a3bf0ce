package main

import "slices"

// Go's compiler writes nearly all functions in one form (cmd/internal/obj/wasm). They have one parameter, the place in the function at which to go
// on, and return whether the WebAssembly stack is being unwound, for instance to switch to another goroutine. The Go stack is in memory; local 1 is
// the stack pointer. Whatever a function calls may unwind, so each call is followed by a place at which the function can go on, and so are the
// targets of its jumps:
//
//	local 1 := global 0
//	block                                           if it calls anything; a call that unwinds leaves it
//	loop                                            if it jumps; a jump sets local 0 and begins the loop again
//	block, one for each label
//	br_table of local 0: from place to label
//	end, and the code from the beginning, label 0
//	end, and the code from label 1
//	...
//	end of the loop, unreachable, end, and 1 as the result
//
// Functions without places have only their code.

// Instructions that take the place of others while a function is rewritten. Their operand is a label.
const (
	opLabel = 0xf0 // the label is here
	opJump  = 0xf1
)

// goFunction is a function in this form.
type goFunction struct {
	locals []byte
	steps  []instruction // the code, with labels and jumps
	labels int           // how many there are; without any, steps is everything after the first line
	table  []int         // the label of each place; the last is that of all higher places
}

var loadSP = []instruction{{opGlobalGet, []byte{0}}, {opLocalSet, []byte{1}}}

// parseGoFunction returns nil for a function of another form.
func parseGoFunction(b functionBody) *goFunction {
	in := b.instructions
	if len(b.locals) < 3 || b.locals[0] == 0 || b.locals[2] != typeI32 || !startsWith(in, loadSP) {
		return nil
	}
	in = in[len(loadSP):]
	opened := slices.IndexFunc(in, func(i instruction) bool { return i.op != opBlock && i.op != opLoop })
	if !in[opened].is(opLocalGet, 0) || in[opened+1].op != opBrTable {
		if slices.ContainsFunc(in, usesPlace) {
			return nil
		}
		return &goFunction{locals: b.locals, steps: in}
	}
	f := &goFunction{locals: b.locals}
	r := reader{in[opened+1].operands}
	for i := int(r.unsigned()); i >= 0 && r.rest != nil; i-- {
		f.table = append(f.table, int(r.unsigned()))
	}
	f.labels = slices.Max(f.table) + 1
	outer := opened - f.labels
	loops := outer > 0 && in[outer-1].op == opLoop
	unwinds := outer > 0 && in[0].op == opBlock
	if outer < 0 || outer > 2 || (outer == 2) != (loops && unwinds) || in[opened+2].op != opEnd {
		return nil
	}
	if !f.parseSteps(in[opened+3:], outer, loops, unwinds) {
		return nil
	}
	return f
}

func usesPlace(i instruction) bool { return i.op == opBrTable || i.is(opLocalGet, 0) }

func startsWith(in, start []instruction) bool {
	return len(in) >= len(start) && slices.EqualFunc(in[:len(start)], start, func(a, b instruction) bool { return a.is(b.op, b.operands...) })
}

// parseSteps parses the code, up to the end of the function. outer is the number of blocks around those of the labels.
func (f *goFunction) parseSteps(in []instruction, outer int, loops, unwinds bool) bool {
	label, inner := 0, 0 // the label that was passed last, and the number of blocks of the code itself
	for i := 0; i < len(in); i++ {
		// around is the number of blocks that a branch leaves which ends the function with 1.
		around := inner + f.labels - 1 - label + outer
		switch o := in[i]; {
		case o.op == opEnd && inner == 0:
			if label+1 == f.labels {
				return f.endsAsUsual(in[i:], loops, unwinds)
			}
			label++
			f.steps = append(f.steps, unsigned(opLabel, uint64(label)))
		case o.op == opI32Const && i+2 < len(in) && in[i+1].is(opLocalSet, 0) && in[i+2].op == opBr:
			place, depth := int(o.signed()), int(in[i+2].unsigned())
			if !loops || place < 0 || place >= len(f.table) || depth != inner+f.labels-1-label {
				return false
			}
			f.steps = append(f.steps, unsigned(opJump, uint64(f.table[place])))
			i += 2
		case o.op == opBrIf && unwinds && int(o.unsigned()) == around-1:
			f.steps = append(f.steps, unwinding[len(loadSP):]...)
		case (o.op == opBr || o.op == opBrIf) && int(o.unsigned()) >= inner, o.op == opBrTable, o.is(opLocalGet, 0) && !isIndirectCall(in, i):
			return false
		default:
			if o.opensBlock() {
				inner++
			} else if o.op == opEnd {
				inner--
			}
			f.steps = append(f.steps, o)
		}
	}
	return false
}

// isIndirectCall tells whether the instruction at i reads local 0 where it has the function that is called.
func isIndirectCall(in []instruction, i int) bool {
	return i >= 2 && i+1 < len(in) && in[i-2].is(opLocalSet, 0) && in[i-1].is(opI32Const, 0) && in[i+1].op == opCallIndirect
}

// endsAsUsual tells whether these are the instructions that end a function after its code. Without a loop, the code has the trap at its end.
func (f *goFunction) endsAsUsual(in []instruction, loops, unwinds bool) bool {
	var want []instruction
	if loops {
		want = append(want, plain(opEnd), plain(opUnreachable))
	} else if last := len(f.steps) - 1; last < 0 || f.steps[last].op != opUnreachable {
		return false
	} else {
		f.steps = f.steps[:last]
	}
	if unwinds {
		want = append(want, plain(opEnd), signed(opI32Const, 1))
	}
	want = append(want, plain(opEnd))
	return len(in) == len(want) && startsWith(in, want)
}
