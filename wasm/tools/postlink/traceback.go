package main

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Indexes of the tables that a function may have (internal/abi: PCDATA and FUNCDATA).
const (
	pcUnsafePoint = 0 // where a signal must not stop a goroutine; wasm has no signals
	pcInlTree     = 2
	pcArgLive     = 3

	dataInlTree       = 3
	dataArgInfo       = 5
	dataArgLiveInfo   = 6
	dataWrapInfo      = 7 // for the execution tracer
	funcdataKindCount = 8

	inlinedBytes    = 16
	offInlinedName  = 4
	offInlinedStart = 12
)

const sigpanic = "runtime.sigpanic"

// panicNames are the functions that do not return to where they are called from: they end in gopanic or throw. Their names stay until rewrite.
var panicNames = []string{
	"runtime.gopanic", "runtime.throw", "runtime.fatal", sigpanic, "runtime.panicdivide", "runtime.panicshift", "runtime.panicoverflow",
	"runtime.panicwrap", "runtime.panicdottypeE", "runtime.panicdottypeI", "runtime.panicnildottype", "runtime.panicmem", "runtime.panicSliceConvert",
	"runtime.panicunsafealignment", "runtime.panicunsafeslicelen", "runtime.panicunsafeslicenilptr", "runtime.panicunsafestringlen",
	"runtime.goPanicIndex", "runtime.goPanicIndexU", "runtime.goPanicSliceAlen", "runtime.goPanicSliceAlenU", "runtime.goPanicSliceAcap",
	"runtime.goPanicSliceAcapU", "runtime.goPanicSliceB", "runtime.goPanicSliceBU", "runtime.goPanicSlice3Alen", "runtime.goPanicSlice3AlenU",
	"runtime.goPanicSlice3Acap", "runtime.goPanicSlice3AcapU", "runtime.goPanicSlice3B", "runtime.goPanicSlice3BU", "runtime.goPanicSlice3C",
	"runtime.goPanicSlice3CU", "runtime.goPanicSliceConvert",
}

const noFuncdata = ^uint32(0)

var (
	runtimePrefix = []byte("runtime.")
	goPanic       = []byte("runtime.gopanic")
)

// emptyTracebackTables replaces the data that only tracebacks read with zeros, which compress to almost nothing. The data by which the runtime
// unwinds stacks stay: pcsp, stack maps, stack objects, deferred calls, and the inline trees of the functions that recover may meet on the
// way to gopanic. Of function names, the runtime only needs to know which functions are its own, so these keep the prefix "runtime.".
//
// It also clears the buckets of findfunctab, 320 bytes per function, which the overlay's runtime.findfunc does not read.
func emptyTracebackTables(segments []segment) error {
	image, base := memoryImage(segments)
	t, err := findPCLNTab(image, base)
	if err != nil {
		return err
	}
	before := t.funcdataKinds()
	names := slices.Concat([]byte{0}, runtimePrefix, []byte{0})
	for _, f := range t.funcs {
		name := bytes.Clone(t.nameOf(f))
		t.clearTracebackFields(f)
		if slices.Contains(panicNames, string(name)) {
			put32(f.head, offName, len(names))
			names = append(append(names, name...), 0)
		}
	}
	t.clearUnusedFuncdata(before)
	if err := t.clearUnusedPCTables(); err != nil {
		return err
	}
	clear(t.names)
	copy(t.names, names)
	clear(t.units)
	clear(t.buckets)
	clearBuildInfo(image)
	copyFromImage(segments, image, base)
	return nil
}

// The linker puts these around the text that runtime/debug.ReadBuildInfo returns, which the program does not call (cmd/go/internal/modload).
var (
	buildInfoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	buildInfoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// clearBuildInfo clears that text: how the program was built, with the versions of modules.
func clearBuildInfo(image []byte) {
	start := bytes.Index(image, buildInfoStart)
	if start < 0 {
		return
	}
	if length := bytes.Index(image[start:], buildInfoEnd); length > 0 {
		clear(image[start : start+length+len(buildInfoEnd)])
	}
}

// clearTracebackFields removes the references to tables that only tracebacks read. A pcdata offset of 0 means that there is no table.
func (t *pclntab) clearTracebackFields(f function) {
	name := t.nameOf(f)
	own := bytes.HasPrefix(name, runtimePrefix)
	for _, at := range []int{offPCFile, offPCLn, offCU, offStartLine} {
		f.clear(at)
	}
	pcdata, funcdata := []int{pcUnsafePoint, pcArgLive}, []int{dataArgInfo, dataArgLiveInfo, dataWrapInfo}
	if own && !bytes.Equal(name, goPanic) {
		pcdata, funcdata = append(pcdata, pcInlTree), append(funcdata, dataInlTree)
	}
	for _, i := range pcdata {
		if 4*i < len(f.pcdata) {
			clear(f.pcdata[4*i : 4*i+4])
		}
	}
	for _, i := range funcdata {
		if 4*i < len(f.funcdata) {
			binary.LittleEndian.PutUint32(f.funcdata[4*i:], noFuncdata)
		}
	}
	f.clear(offName)
	if own {
		f.head[offName] = 1
	}
}

// funcdataKinds returns the positions at which funcdata begin, and which kinds begin there.
func (t *pclntab) funcdataKinds() map[int][funcdataKindCount]bool {
	use := map[int][funcdataKindCount]bool{}
	for _, f := range t.funcs {
		for i := 0; 4*i < len(f.funcdata) && i < funcdataKindCount; i++ {
			if at := binary.LittleEndian.Uint32(f.funcdata[4*i:]); at != noFuncdata {
				kinds := use[int(at)]
				kinds[i] = true
				use[int(at)] = kinds
			}
		}
	}
	return use
}

// clearUnusedFuncdata clears the funcdata that no function refers to any more, and the names and lines in inline trees. before is funcdataKinds
// as it was at first; each funcdata extends to the beginning of the next.
func (t *pclntab) clearUnusedFuncdata(before map[int][funcdataKindCount]bool) {
	var starts []int
	for at := range before {
		starts = append(starts, at)
	}
	slices.Sort(starts)
	after := t.funcdataKinds()
	for i, at := range starts {
		end := len(t.data)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if at > end || end > len(t.data) {
			continue
		}
		switch kinds, used := after[at]; {
		case !used:
			clear(t.data[at:end])
		case kinds == [funcdataKindCount]bool{dataInlTree: true}:
			for ; at+inlinedBytes <= end; at += inlinedBytes {
				clear(t.data[at+offInlinedName : at+offInlinedName+4])
				clear(t.data[at+offInlinedStart : at+inlinedBytes])
			}
		}
	}
}

// clearUnusedPCTables clears the tables of values by program counter that no function refers to any more.
func (t *pclntab) clearUnusedPCTables() error {
	keep := make([]bool, len(t.pcs))
	for _, f := range t.funcs {
		offsets := []int{f.word(offPCSP)}
		for at := 0; at < len(f.pcdata); at += 4 {
			offsets = append(offsets, uint32At(f.pcdata, at))
		}
		for _, offset := range offsets {
			if !markPCTable(keep, t.pcs, offset) {
				return unknownLayout("a table does not end")
			}
		}
	}
	for i, kept := range keep {
		if !kept {
			t.pcs[i] = 0
		}
	}
	return nil
}

// markPCTable sets keep for the bytes of the table at offset, which are pairs of numbers that end with a zero, unless it is the first number.
// It returns false if the table does not end.
func markPCTable(keep []bool, pcs []byte, offset int) bool {
	if offset == 0 {
		return true
	}
	for i, first := offset, true; i < len(pcs); first = false {
		value, n := binary.Uvarint(pcs[i:])
		if n <= 0 {
			return false
		}
		end := i + n
		last := value == 0 && !first
		if !last {
			_, m := binary.Uvarint(pcs[end:])
			if m <= 0 {
				return false
			}
			end += m
		}
		for j := i; j < end; j++ {
			keep[j] = true
		}
		if last {
			return true
		}
		i = end
	}
	return false
}
