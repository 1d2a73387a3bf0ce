package main

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The layout of pclntab, the table in which Go's runtime finds functions by program counter, in go1.26 (runtime.pcHeader, runtime._func,
// runtime.moduledata). It is little-endian, and pointers have 8 bytes on wasm.
const (
	headerBytes = 72
	headerFuncs = 7 // of the fields after the first word: where functab is
	funcBytes   = 44
	entryBytes  = 8
	wordBytes   = 8
	pcBlockBits = 16 // of a program counter, that are the place in the function; the others are the function's place in the table of functions

	offName      = 4
	offPCSP      = 16
	offPCFile    = 20
	offPCLn      = 24
	offNPCData   = 28
	offCU        = 32
	offStartLine = 36
	offID        = 40
	offNFuncData = 43

	// Positions in runtime.moduledata, in words: functab, a list; findfunctab, followed by the lowest and the highest program counter; the beginning and
	// the end of the read-only data, types among them; gofunc, the address of the funcdata; the end of the table; and lists, of which the first word is an
	// address and the second a length.
	moduleFuncs     = 16
	moduleFindFunc  = 19
	moduleTypes     = 37
	moduleEndTypes  = 38
	moduleGoFunc    = 40
	moduleEndTable  = 41
	moduleTypeLinks = 45
	moduleItabLinks = 48
	moduleInitTasks = 59

	bucketSpan  = 4096 // program counters per bucket of findfunctab (runtime.findfuncbucket)
	bucketBytes = 20
)

var pclntabMagic = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, wordBytes} // magic of Go 1.20 and later, two zeros, minLC, ptrSize

// pclntab is the table. Everything in it was checked to be within its bounds.
type pclntab struct {
	names, units, pcs []byte // function names; compilation units and file names; tables of values by program counter
	funcs             []function
	index             []byte // functab: for each function its place in the table of functions, and where funcs begin; and one entry for the end
	module            int    // where runtime.firstmoduledata is in the image
	data              []byte // what the functions' funcdata point into
	buckets           []byte // findfunctab: the function at which the search for a program counter begins
}

// function is a runtime._func with the two arrays that follow it.
type function struct {
	head             []byte
	pcdata, funcdata []byte // words of 4 bytes
}

func (f function) word(at int) int          { return uint32At(f.head, at) }
func (f function) clear(at int)             { clear(f.head[at : at+4]) }
func (t *pclntab) nameOf(f function) []byte { return cString(t.names, f.word(offName)) }

// findPCLNTab finds the table in the initial memory. base is the address of the image.
func findPCLNTab(image []byte, base int) (*pclntab, error) {
	start := bytes.Index(image, pclntabMagic)
	if start < 0 || bytes.Count(image, pclntabMagic) != 1 {
		return nil, unknownLayout("there is not one table that begins as Go's does")
	}
	t := image[start:]
	if len(t) < headerBytes {
		return nil, unknownLayout("the table ends early")
	}
	field := func(i int) int { return uint64At(t, wordBytes*(1+i)) }
	count, names, units, files, pcs, funcs := field(0), field(3), field(4), field(5), field(6), field(7)
	if count <= 0 || count > len(t)/entryBytes || !isAscending(headerBytes, names, units, files, pcs, funcs, len(t)-(count+1)*entryBytes) {
		return nil, unknownLayout("the table's parts are not where they are expected")
	}
	data, buckets, module, err := findFuncdata(image, base, start, names)
	if err != nil {
		return nil, err
	}
	table := &pclntab{names: t[names:units], units: t[units:pcs], pcs: t[pcs:funcs], data: data, buckets: buckets, module: module}
	table.index = t[funcs : funcs+(count+1)*entryBytes]
	for i := range count {
		f, err := functionAt(t, funcs+uint32At(t, funcs+i*entryBytes+4))
		if err != nil {
			return nil, err
		}
		if f.word(offName) >= len(table.names) {
			return nil, unknownLayout("a function has no name")
		}
		table.funcs = append(table.funcs, f)
	}
	return table, nil
}

// idAt returns the number by which the runtime knows the function of a program counter, or 0 if it is none, or not a special one.
func (t *pclntab) idAt(pc int) byte {
	for i, f := range t.funcs {
		if uint32At(t.index, i*entryBytes) == pc>>pcBlockBits {
			return f.head[offID]
		}
	}
	return 0
}

func functionAt(t []byte, at int) (function, error) {
	if at+funcBytes > len(t) {
		return function{}, unknownLayout("a function lies outside of the table")
	}
	head := t[at : at+funcBytes]
	pcdata := at + funcBytes
	funcdata := pcdata + 4*uint32At(head, offNPCData)
	end := funcdata + 4*int(head[offNFuncData])
	if !isAscending(pcdata, funcdata, end, len(t)) {
		return function{}, unknownLayout("a function has too many tables")
	}
	return function{head: head, pcdata: t[pcdata:funcdata], funcdata: t[funcdata:end]}, nil
}

// findFuncdata finds the funcdata and findfunctab by their addresses in runtime.firstmoduledata. That is the only place in memory at which the
// address of the table is followed by the address of the table's names.
func findFuncdata(image []byte, base, start, names int) (data, buckets []byte, module int, err error) {
	first := binary.LittleEndian.AppendUint64(nil, uint64(base+start))
	first = binary.LittleEndian.AppendUint64(first, uint64(base+start+names))
	module = bytes.Index(image, first)
	if module < 0 || module+wordBytes*(moduleInitTasks+2) > len(image) {
		return nil, nil, 0, unknownLayout("no module has this table")
	}
	field := func(i int) int { return uint64At(image, module+wordBytes*i) }
	from, to, pcs := field(moduleGoFunc)-base, field(moduleFindFunc)-base, field(moduleFindFunc+2)-field(moduleFindFunc+1)
	end := to + (pcs+bucketSpan-1)/bucketSpan*bucketBytes
	if !isAscending(start, from, to, end, len(image)) {
		return nil, nil, 0, unknownLayout("the functions' data are not where they are expected")
	}
	return image[from:to], image[to:end], module, nil
}

func uint32At(b []byte, at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
func uint64At(b []byte, at int) int { return int(binary.LittleEndian.Uint64(b[at:])) }

// cString returns the text at a position, up to its zero byte.
func cString(b []byte, at int) []byte {
	if end := bytes.IndexByte(b[at:], 0); end >= 0 {
		return b[at : at+end]
	}
	return b[at:]
}

func isAscending(numbers ...int) bool { return slices.IsSorted(numbers) }
