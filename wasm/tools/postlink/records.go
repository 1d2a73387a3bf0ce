package main

import (
	"bytes"
	"encoding/binary"
)

// recordBytes is the distance between the records of two functions. The overlay of runtime.findfunc has the same number.
const recordBytes = 80

// orderRecords puts the record of each function at recordBytes times its place in the table of functions, and the records' beginning is where functab
// was. So the runtime finds a record without functab, and the place of a function by its record: see the replacements in wasm/tools/overlay.
func (s *snapshot) orderRecords() error {
	t := s.table
	first := s.field(0) + uint64At(s.memory, s.field(0)+wordBytes*(1+headerFuncs))
	region := s.memory[first:s.field(moduleGoFunc)]
	if len(region) < recordBytes*len(s.code.bodies) {
		return unknownLayout("there is no room for a record of each function")
	}
	ordered := make([]byte, len(region))
	for i, f := range t.funcs {
		body := s.functionOfPlace(uint32At(t.index, i*entryBytes))
		record := f.record()
		if body < 0 || len(record) > recordBytes {
			return unknownLayout("a record is too long, or of no function")
		}
		copy(ordered[recordBytes*body:], record)
	}
	copy(region, ordered)
	for _, word := range []int{moduleFuncs, moduleFuncs + 1, moduleFuncs + 2, moduleFindFunc} {
		clear(s.memory[t.module+wordBytes*word:][:wordBytes])
	}
	return nil
}

// record returns the record of a function without its place, and without tables at its end that are missing.
func (f function) record() []byte {
	pcdata, funcdata := f.pcdata, f.funcdata
	for len(pcdata) > 0 && uint32At(pcdata, len(pcdata)-4) == 0 {
		pcdata = pcdata[:len(pcdata)-4]
	}
	for len(funcdata) > 0 && uint32(uint32At(funcdata, len(funcdata)-4)) == noFuncdata {
		funcdata = funcdata[:len(funcdata)-4]
	}
	head := bytes.Clone(f.head)
	clear(head[:offName])
	binary.LittleEndian.PutUint32(head[offNPCData:], uint32(len(pcdata)/4))
	head[offNFuncData] = byte(len(funcdata) / 4)
	return append(append(head, pcdata...), funcdata...)
}
