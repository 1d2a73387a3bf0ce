package main

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Indexes of the tables that a function may have (internal/abi: PCDATA and FUNCDATA).
const (
	pcUnsafePoint = 0 // where a goroutine may be stopped by a signal: there are no signals on wasm
	pcInlTree     = 2
	pcArgLive     = 3

	dataInlTree     = 3
	dataArgInfo     = 5
	dataArgLiveInfo = 6
	dataWrapInfo    = 7 // the execution tracer's
	dataKinds       = 8

	inlinedBytes    = 16
	offInlinedName  = 4
	offInlinedStart = 12
)

const noData = ^uint32(0)

var (
	runtimePrefix = []byte("runtime.")
	goPanic       = []byte("runtime.gopanic")
)

// emptyTracebackTables fills with zeros what only tracebacks read: it then compresses to nothing. What the runtime unwinds stacks by
// stays: pcsp, stack maps, stack objects, deferred calls, and the inline trees of functions that recover() may meet on its way to
// gopanic. Of a function's name the runtime asks only whether it is its own.
//
// Empty, too, are the buckets that tell at which function to begin the search for a program counter, 320 bytes for each function: without them it
// begins at the first, and finds the same one.
func emptyTracebackTables(segments []segment) error {
	image, base := imageOf(segments)
	t, err := findPCLNTab(image, base)
	if err != nil {
		return err
	}
	before := t.funcdataUse()
	for _, f := range t.funcs {
		t.forget(f)
	}
	t.clearUnused(before)
	if err := t.clearPCs(); err != nil {
		return err
	}
	clear(t.names)
	copy(t.names[1:], runtimePrefix)
	clear(t.units)
	clear(t.buckets)
	write(segments, image, base)
	return nil
}

// forget removes from a function's head the tables that only tracebacks read. A pcdata offset of 0 says that there is no table.
func (t *pclntab) forget(f function) {
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
			binary.LittleEndian.PutUint32(f.funcdata[4*i:], noData)
		}
	}
	f.clear(offName)
	if own {
		f.head[offName] = 1
	}
}

// funcdataUse returns where funcdata begin, and which kinds of it begin there.
func (t *pclntab) funcdataUse() map[int][dataKinds]bool {
	use := map[int][dataKinds]bool{}
	for _, f := range t.funcs {
		for i := 0; 4*i < len(f.funcdata) && i < dataKinds; i++ {
			if at := binary.LittleEndian.Uint32(f.funcdata[4*i:]); at != noData {
				kinds := use[int(at)]
				kinds[i] = true
				use[int(at)] = kinds
			}
		}
	}
	return use
}

// clearUnused fills with zeros the funcdata that no function points to any more, and the names and lines in inline trees. Each reaches
// to the next.
func (t *pclntab) clearUnused(before map[int][dataKinds]bool) {
	var starts []int
	for at := range before {
		starts = append(starts, at)
	}
	slices.Sort(starts)
	after := t.funcdataUse()
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
		case kinds == [dataKinds]bool{dataInlTree: true}:
			for ; at+inlinedBytes <= end; at += inlinedBytes {
				clear(t.data[at+offInlinedName : at+offInlinedName+4])
				clear(t.data[at+offInlinedStart : at+inlinedBytes])
			}
		}
	}
}

// clearPCs fills with zeros the tables of values by program counter that no function points to any more.
func (t *pclntab) clearPCs() error {
	keep := make([]bool, len(t.pcs))
	for _, f := range t.funcs {
		offsets := []int{f.word(offPCSP)}
		for at := 0; at < len(f.pcdata); at += 4 {
			offsets = append(offsets, word(f.pcdata, at))
		}
		for _, offset := range offsets {
			if !mark(keep, t.pcs, offset) {
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

// mark notes the bytes of the pc-value table at offset: pairs of numbers, up to a zero that is not the first.
func mark(keep []bool, pcs []byte, offset int) bool {
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
