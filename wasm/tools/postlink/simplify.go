package main

import (
	"encoding/binary"
	"slices"
)

// Instructions that only simplify reads.
const (
	opI32Eqz      = 0x45
	opLastCompare = 0x66
	opI64Eqz      = 0x50
	opI64Add      = 0x7c
	opI64ShrU     = 0x88
	opI32WrapI64  = 0xa7
	opLastLoad    = 0x35
	opFirstStore  = 0x36

	maxFrame = 1 << 20 // A frame is smaller than this, and the stack is not at the end of memory.
)

// simplify returns code that does the same with fewer instructions:
//   - no nop
//   - an address in the frame as the offset of a load or store, where the compiler adds it to the stack pointer
//   - one comparison with zero, where the compiler writes several
//   - one addition to the stack pointer at a return, and no copy of it in a local
func simplify(in []instruction) []instruction {
	return withoutSecondAddition(withOneComparison(withFrameOffsets(in)))
}

// withFrameOffsets moves offsets from SP into the loads and stores that use them. A store's address is computed before its value, so the code in
// between is followed up to the store.
func withFrameOffsets(in []instruction) []instruction {
	const addition = 4 // extend, constant, add, wrap
	out := slices.Clone(in)
	dropped := make([]bool, len(in))
	for i := 0; i+addition < len(in); i++ {
		if !in[i].is(opLocalGet, 1) || in[i+1].op != opI64ExtendI32U || in[i+2].op != opI64Const || in[i+3].op != opI64Add || in[i+4].op != opI32WrapI64 {
			continue
		}
		offset := in[i+2].signed()
		user := userOfAddress(in, i+1+addition)
		if offset < 0 || offset > maxFrame || user < 0 {
			continue
		}
		alignment, own := out[user].operands[0], out[user].operands[1:]
		total, _ := binary.Uvarint(own)
		out[user] = memory(out[user].op, alignment, total+uint64(offset))
		for j := range addition {
			dropped[i+1+j] = true
		}
	}
	kept := out[:0]
	for i, o := range out {
		if !dropped[i] && o.op != opNop {
			kept = append(kept, o)
		}
	}
	return kept
}

// userOfAddress returns the index of the load or store that takes its address from the top of the stack before the instruction at i, or -1 if it is
// none, or if it is not clear.
func userOfAddress(in []instruction, i int) int {
	for above := 0; i < len(in); i++ { // above is the number of values that are on top of the address
		o := in[i]
		if above == 0 && o.op >= opI32Load && o.op <= opLastLoad || above == 1 && o.op >= opFirstStore && o.op <= opI64Store32 {
			return i
		}
		takes, gives := stackEffect(o)
		if takes < 0 || takes > above {
			return -1
		}
		above += gives - takes
	}
	return -1
}

// stackEffect returns how many values an instruction takes from the stack and gives back. It takes -1 if that is not known here.
func stackEffect(i instruction) (takes, gives int) {
	switch op := i.op; {
	case op == opNop:
		return 0, 0
	case op == opLocalGet, op == opGlobalGet, op >= opI32Const && op <= opF64Const:
		return 0, 1
	case op == opLocalTee, op >= opI32Load && op <= opLastLoad, isUnary(op):
		return 1, 1
	case op == opLocalSet:
		return 1, 0
	case op >= opFirstStore && op <= opI64Store32:
		return 2, 0
	case op >= opFirstNumeric && op <= opLastNumeric:
		return 2, 1
	}
	return -1, 0
}

// isUnary tells whether an instruction of numbers takes one.
func isUnary(op byte) bool {
	return op == opI32Eqz || op == opI64Eqz || op >= 0x67 && op <= 0x69 || op >= 0x79 && op <= 0x7b || // clz, ctz, popcnt
		op >= 0x8b && op <= 0x91 || op >= 0x99 && op <= 0x9f || op >= opI32WrapI64 && op <= opLastNumeric // abs to sqrt, and conversions
}

// withOneComparison compares a comparison's result with zero not at all instead of twice. The compiler extends it to 64 bits in between.
func withOneComparison(in []instruction) []instruction {
	var out []instruction
	before := func(n int) byte {
		if len(out) < n {
			return opNop
		}
		return out[len(out)-n].op
	}
	isComparison := func(op byte) bool { return op >= opI32Eqz && op <= opLastCompare }
	for _, o := range in {
		if o.op == opI64Eqz && before(1) == opI64ExtendI32U {
			out = out[:len(out)-1]
			o = plain(opI32Eqz)
		}
		if o.op == opI32Eqz && before(1) == opI32Eqz && isComparison(before(2)) {
			out = out[:len(out)-1]
			continue
		}
		out = append(out, o)
	}
	return out
}

// withoutSecondAddition adds the size of the frame and that of the return address to SP at once, at a return.
func withoutSecondAddition(in []instruction) []instruction {
	const wordOnStack = 8
	isAddition := func(at []instruction) bool {
		return len(at) > 5 && at[0].is(opLocalGet, 1) && at[1].op == opI32Const && at[2].op == opI32Add && at[3].is(opLocalTee, 1) && at[4].is(opGlobalSet, 0)
	}
	isReturn := func(at []instruction) bool { return len(at) > 1 && at[0].op == opI32Const && at[1].op == opReturn }
	var out []instruction
	for i := 0; i < len(in); i++ {
		total, last := int64(0), i
		for isAddition(in[last:]) {
			total += in[last+1].signed()
			last += 5
		}
		if total > wordOnStack || (total == wordOnStack && last > i) {
			if isReturn(in[last:]) {
				out = append(out, in[i], signed(opI32Const, total), in[i+2], in[i+4])
				i = last - 1
				continue
			}
		}
		out = append(out, in[i])
	}
	return out
}
