package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	block  = instruction{opBlock, []byte{emptyBlock}}
	loop   = instruction{opLoop, []byte{emptyBlock}}
	ifThen = instruction{opIf, []byte{emptyBlock}}
	end    = plain(opEnd)
	locals = []byte{1, 1, typeI32}
)

// jumpTo is a jump as the compiler writes it.
func jumpTo(place int64, depth uint64) []instruction {
	return []instruction{signed(opI32Const, place), unsigned(opLocalSet, 0), unsigned(opBr, depth)}
}

// handFunctionBody has places 0 to 3, for the labels 0, 1, 1 and 2. From its beginning it jumps forward to place 3, perhaps, and from there back to
// place 2.
func handFunctionBody() functionBody {
	return functionBody{locals, slices.Concat(loadSP,
		[]instruction{block, loop, block, block, block, unsigned(opLocalGet, 0), brTable([]int{0, 1, 1, 2}), end},
		[]instruction{unsigned(opLocalGet, 1), ifThen}, jumpTo(3, 3), []instruction{end},
		[]instruction{unsigned(opCall, 9)}, loadSP, []instruction{unsigned(opBrIf, 3), end},
		[]instruction{plain(opNop), end},
		jumpTo(2, 0),
		[]instruction{end, plain(opUnreachable), end, signed(opI32Const, 1), end})}
}

func TestFunctionsInTheUsualForm(t *testing.T) {
	f := parseGoFunction(handFunctionBody())
	require.NotNil(t, f)
	assert.Equal(t, []int{0, 1, 1, 2}, f.table)
	want := slices.Concat(
		[]instruction{unsigned(opLocalGet, 1), ifThen, unsigned(opJump, 2), end, unsigned(opCall, 9)}, unwinding, []instruction{unsigned(opLabel, 1)},
		[]instruction{plain(opNop), unsigned(opLabel, 2), unsigned(opJump, 1)})
	assert.Equal(t, bytesOf(want), bytesOf(f.steps))

	// The same function, with the place for label 1 that the compiler used, and with its labels as places.
	same := slices.Concat(loadSP, []instruction{loop, block, block, block, unsigned(opLocalGet, 0), brTable([]int{0, 1, 1, 2}), end},
		[]instruction{unsigned(opLocalGet, 1), unsigned(opBrIf, 1), unsigned(opCall, 9)}, unwinding, []instruction{end, plain(opNop), end},
		jumpTo(1, 0), []instruction{end, plain(opUnreachable), end})
	assert.Equal(t, functionBody{locals, same}.bytes(), f.bytes(false, firstTableIndex, f.sameNumbers()))
	returns := map[int]int{}
	require.True(t, f.setPlace(returns, 2))
	assert.False(t, f.setPlace(returns, 1), "another place of the same label")
	assert.False(t, f.setPlace(returns, 4), "no place")
	n := f.renumber(function{}, nil)
	require.NotNil(t, n)
	assert.Equal(t, []int{0, 1}, n.table, "label 2 is only jumped to, forward")
	assert.Equal(t, []int{0, 1, 2}, n.labels)
}

func bytesOf(steps []instruction) []byte { return functionBody{instructions: steps}.bytes() }

func TestFunctionsInAnotherForm(t *testing.T) {
	spoils := map[string]func(in []instruction){
		"no stack pointer":                    func(in []instruction) { in[0] = unsigned(opGlobalGet, 1) },
		"another block at the beginning":      func(in []instruction) { in[2] = loop },
		"the place is used elsewhere":         func(in []instruction) { in[10] = unsigned(opLocalGet, 0) },
		"a jump to a place that is not there": func(in []instruction) { in[12] = signed(opI32Const, 4) },
		"a jump to another block":             func(in []instruction) { in[14] = unsigned(opBr, 2) },
		"a branch out of the code":            func(in []instruction) { in[19] = unsigned(opBrIf, 1) },
		"another end":                         func(in []instruction) { in[len(in)-2] = signed(opI32Const, 0) },
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			b := handFunctionBody()
			spoil(b.instructions)
			assert.Nil(t, parseGoFunction(b))
		})
	}
}

func TestSimplify(t *testing.T) {
	sp, x := unsigned(opLocalGet, 1), unsigned(opLocalGet, 4)
	address := func(offset int64) []instruction {
		return []instruction{sp, plain(opI64ExtendI32U), signed(opI64Const, offset), plain(opI64Add), plain(opI32WrapI64)}
	}
	add := func(n int64) []instruction {
		return []instruction{sp, signed(opI32Const, n), plain(opI32Add), unsigned(opLocalTee, 1), unsigned(opGlobalSet, 0)}
	}
	result := []instruction{signed(opI32Const, 0), plain(opReturn)}
	tests := map[string]struct{ in, want []instruction }{
		"a load":                    {append(address(16), memory(0x29, 3, 4)), []instruction{sp, memory(0x29, 3, 20)}},
		"a store":                   {append(address(16), x, memory(opI64Store, 3, 0)), []instruction{sp, x, memory(opI64Store, 3, 16)}},
		"a store of a loaded value": {slices.Concat(address(8), address(16), []instruction{memory(0x29, 3, 0), memory(opI64Store, 3, 0)}), []instruction{sp, sp, memory(0x29, 3, 16), memory(opI64Store, 3, 8)}},
		"an address that is kept":   {append(address(16), unsigned(opLocalSet, 3)), append(address(16), unsigned(opLocalSet, 3))},
		"a call in between":         {append(address(16), unsigned(opCall, 3), memory(opI64Store, 3, 0)), append(address(16), unsigned(opCall, 3), memory(opI64Store, 3, 0))},
		"below the stack pointer":   {append(address(-8), memory(0x29, 3, 0)), append(address(-8), memory(0x29, 3, 0))},
		"nop":                       {[]instruction{plain(opNop), x}, []instruction{x}},
		"zero, compared twice":      {[]instruction{plain(opI64Eqz), plain(opI64ExtendI32U), plain(opI64Eqz), plain(opI32Eqz)}, []instruction{plain(opI64Eqz)}},
		"zero, compared once":       {[]instruction{x, plain(opI32WrapI64), plain(opI32Eqz), plain(opI32Eqz)}, []instruction{x, plain(opI32WrapI64), plain(opI32Eqz), plain(opI32Eqz)}},
		"a return": {slices.Concat(add(72), add(8), result),
			slices.Concat([]instruction{sp, signed(opI32Const, 80), plain(opI32Add), unsigned(opGlobalSet, 0)}, result)},
		"a jump to another function": {slices.Concat(add(72), []instruction{signed(opI32Const, 0), unsigned(opCall, 3)}), slices.Concat(add(72), []instruction{signed(opI32Const, 0), unsigned(opCall, 3)})},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, bytesOf(test.want), bytesOf(simplify(test.in)))
		})
	}
}

func TestTablesByPlace(t *testing.T) {
	values := map[int]int{0: 0, 1: 40, 2: 40, 5: 8, 63: -1}
	table := parsePCTable(append([]byte{0}, appendPCTable(nil, values)...), 1)
	for place, value := range values {
		assert.Equal(t, value, table.at(place), place)
	}
	assert.Equal(t, -1, table.at(64))
	assert.Empty(t, appendPCTable(nil, nil))
}
