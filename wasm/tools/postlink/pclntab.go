package main

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The table that Go's runtime finds functions by, as go1.26 lays it out (runtime.pcHeader, runtime._func, runtime.moduledata):
// little-endian, with pointers of 8 bytes on wasm.
const (
	headerBytes = 72
	funcBytes   = 44
	entryBytes  = 8
	wordBytes   = 8

	offName      = 4
	offPCSP      = 16
	offPCFile    = 20
	offPCLn      = 24
	offNPCData   = 28
	offCU        = 32
	offStartLine = 36
	offNFuncData = 43

	// Words of runtime.moduledata: findfunctab, with the lowest and the highest program counter after it; gofunc, where the funcdata begin.
	moduleFindFunc = 19
	moduleGoFunc   = 40

	bucketSpan  = 4096 // program counters in one bucket of findfunctab, and its bytes (runtime.findfuncbucket)
	bucketBytes = 20
)

var pclntabStart = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, wordBytes} // magic of Go 1.20 and later, two zeros, minLC, ptrSize

// pclntab is the table, with everything that it refers to inside its parts' bounds.
type pclntab struct {
	names, units, pcs []byte // function names; compilation units and file names; tables of values by program counter
	funcs             []function
	data              []byte // what the functions' funcdata point into
	buckets           []byte // findfunctab: at which function the search for a program counter may begin
}

// function is one runtime._func with the two arrays that follow it.
type function struct {
	head             []byte
	pcdata, funcdata []byte // words of 4 bytes
}

func (f function) word(at int) int          { return word(f.head, at) }
func (f function) clear(at int)             { clear(f.head[at : at+4]) }
func (t *pclntab) nameOf(f function) []byte { return cString(t.names, f.word(offName)) }

// findPCLNTab finds the table in memory as it is at the start, base being the image's address.
func findPCLNTab(image []byte, base int) (*pclntab, error) {
	start := bytes.Index(image, pclntabStart)
	if start < 0 || bytes.Count(image, pclntabStart) != 1 {
		return nil, unknownLayout("there is not one table that begins as Go's does")
	}
	t := image[start:]
	if len(t) < headerBytes {
		return nil, unknownLayout("the table ends early")
	}
	field := func(i int) int { return long(t, wordBytes*(1+i)) }
	count, names, units, files, pcs, funcs := field(0), field(3), field(4), field(5), field(6), field(7)
	if count <= 0 || count > len(t)/entryBytes || !ascending(headerBytes, names, units, files, pcs, funcs, len(t)-count*entryBytes) {
		return nil, unknownLayout("the table's parts are not where they are expected")
	}
	data, buckets, err := funcdata(image, base, start, names)
	if err != nil {
		return nil, err
	}
	table := &pclntab{names: t[names:units], units: t[units:pcs], pcs: t[pcs:funcs], data: data, buckets: buckets}
	for i := range count {
		f, err := functionAt(t, funcs+word(t, funcs+i*entryBytes+4))
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

func functionAt(t []byte, at int) (function, error) {
	if at+funcBytes > len(t) {
		return function{}, unknownLayout("a function lies outside of the table")
	}
	head := t[at : at+funcBytes]
	pcdata := at + funcBytes
	funcdata := pcdata + 4*word(head, offNPCData)
	end := funcdata + 4*int(head[offNFuncData])
	if !ascending(pcdata, funcdata, end, len(t)) {
		return function{}, unknownLayout("a function has too many tables")
	}
	return function{head: head, pcdata: t[pcdata:funcdata], funcdata: t[funcdata:end]}, nil
}

// funcdata finds the funcdata and, behind them, findfunctab by runtime.firstmoduledata: the one place that has the addresses of the table
// and of the table's names side by side.
func funcdata(image []byte, base, start, names int) (data, buckets []byte, err error) {
	first := binary.LittleEndian.AppendUint64(nil, uint64(base+start))
	first = binary.LittleEndian.AppendUint64(first, uint64(base+start+names))
	module := bytes.Index(image, first)
	if module < 0 || module+wordBytes*(moduleGoFunc+1) > len(image) {
		return nil, nil, unknownLayout("no module has this table")
	}
	field := func(i int) int { return long(image, module+wordBytes*i) }
	from, to, pcs := field(moduleGoFunc)-base, field(moduleFindFunc)-base, field(moduleFindFunc+2)-field(moduleFindFunc+1)
	end := to + (pcs+bucketSpan-1)/bucketSpan*bucketBytes
	if !ascending(start, from, to, end, len(image)) {
		return nil, nil, unknownLayout("the functions' data are not where they are expected")
	}
	return image[from:to], image[to:end], nil
}

func word(b []byte, at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
func long(b []byte, at int) int { return int(binary.LittleEndian.Uint64(b[at:])) }

func cString(b []byte, at int) []byte {
	if end := bytes.IndexByte(b[at:], 0); end >= 0 {
		return b[at : at+end]
	}
	return b[at:]
}

func ascending(numbers ...int) bool { return slices.IsSorted(numbers) }
