package main

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handRecord makes a record of a function: its place, where its table of frame sizes is, and tables that may be missing at the end.
func handRecord(place int, pcdata, funcdata []uint32) function {
	words := func(list []uint32) []byte {
		var out []byte
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, v)
		}
		return out
	}
	f := function{head: make([]byte, funcBytes), pcdata: words(pcdata), funcdata: words(funcdata)}
	put32(f.head, 0, place)
	put32(f.head, offPCSP, 7)
	put32(f.head, offNPCData, len(pcdata))
	f.head[offNFuncData] = byte(len(funcdata))
	return f
}

func TestRecordsAreFoundByPlace(t *testing.T) {
	const functab, records = 0x80, handTable + 0x80
	handSnapshot := func(end int) *snapshot {
		s := handMade()
		putWord(s.memory, handTable+wordBytes*(1+headerFuncs), functab)
		putWord(s.memory, handModule+wordBytes*moduleGoFunc, uint64(end))
		for _, word := range []int{moduleFuncs, moduleFuncs + 1, moduleFuncs + 2, moduleFindFunc} {
			putWord(s.memory, handModule+wordBytes*word, 1)
		}
		for _, body := range []int{1, handFunction} {
			place := firstTableIndex + body
			s.table.index = binary.LittleEndian.AppendUint64(s.table.index, uint64(place))
			s.table.funcs = append(s.table.funcs, handRecord(place, []uint32{0, 9, 0}, []uint32{4, noFuncdata, 8, noFuncdata}))
		}
		return s
	}
	s := handSnapshot(records + recordBytes*handBodies)
	require.NoError(t, s.orderRecords())
	want := handRecord(0, []uint32{0, 9}, []uint32{4, noFuncdata, 8})
	record := slices.Concat(want.head, want.pcdata, want.funcdata)
	for body := range handBodies {
		at := records + recordBytes*body
		if body == 1 || body == handFunction {
			assert.Equal(t, record, s.memory[at:at+len(record)])
			at += len(record)
		}
		assert.Equal(t, make([]byte, records+recordBytes*(body+1)-at), s.memory[at:records+recordBytes*(body+1)])
	}
	assert.Zero(t, s.field(moduleFindFunc)+s.field(moduleFuncs)+s.field(moduleFuncs+1), "this shows the runtime that records are in order")
	assert.ErrorAs(t, handSnapshot(records+recordBytes*handBodies-1).orderRecords(), new(unknownLayout))
	s = handSnapshot(records + recordBytes*handBodies)
	s.table.funcs[0].funcdata = make([]byte, recordBytes)
	assert.ErrorAs(t, s.orderRecords(), new(unknownLayout), "a record that is longer than the distance of two")
}
