package main

import (
	"bytes"
	"encoding/binary"
)

// The table that Go's runtime finds functions by, as go1.26 lays it out (runtime.pcHeader and runtime._func): little-endian, with
// pointers of 8 bytes on wasm. The runtime unwinds stacks by pcsp and the pcdata tables; pcfile, pcln, the file names and cutab it
// reads only to print a traceback, or to say where a caller is.
const (
	headerBytes  = 72
	funcBytes    = 44
	offPCFile    = 20
	offPCLn      = 24
	offNPCData   = 28
	entryBytes   = 8
	pointerBytes = 8
)

var pclntabStart = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, pointerBytes} // magic of Go 1.20 and later, two zeros, minLC, ptrSize

// emptyLineTables fills with zeros what only tracebacks read: it then compresses to nothing. pcfile and pcln become 0, which means that
// there is no table.
func emptyLineTables(segments []segment) error {
	image, base := imageOf(segments)
	start := bytes.Index(image, pclntabStart)
	if start < 0 || bytes.Count(image, pclntabStart) != 1 {
		return unknownLayout("there is not one table that begins as Go's does")
	}
	t := image[start:]
	if len(t) < headerBytes {
		return unknownLayout("the table ends early")
	}
	field := func(i int) int { return int(binary.LittleEndian.Uint64(t[8+i*pointerBytes:])) }
	count, cutab, filetab, pctab, pcln := field(0), field(4), field(5), field(6), field(7)
	if count <= 0 || !ascending(headerBytes, field(3), cutab, filetab, pctab, pcln, len(t)) || pcln+count*entryBytes > len(t) {
		return unknownLayout("the table's parts are not where they are expected")
	}
	keep := make([]bool, pcln-pctab)
	var functions []int
	for i := 0; i < count; i++ {
		f := pcln + int(binary.LittleEndian.Uint32(t[pcln+i*entryBytes+4:]))
		if f+funcBytes > len(t) {
			return unknownLayout("a function lies outside of the table")
		}
		functions = append(functions, f)
		tables := int(binary.LittleEndian.Uint32(t[f+offNPCData:]))
		if f+funcBytes+4*tables > len(t) {
			return unknownLayout("a function has too many tables")
		}
		offsets := []int{int(binary.LittleEndian.Uint32(t[f+offPCFile-4:]))} // pcsp
		for j := 0; j < tables; j++ {
			offsets = append(offsets, int(binary.LittleEndian.Uint32(t[f+funcBytes+4*j:])))
		}
		for _, offset := range offsets {
			if !mark(keep, t[pctab:pcln], offset) {
				return unknownLayout("a table does not end")
			}
		}
	}
	for _, f := range functions {
		clear(t[f+offPCFile : f+offPCLn+4])
	}
	for i, kept := range keep {
		if !kept {
			t[pctab+i] = 0
		}
	}
	clear(t[cutab:pctab])
	write(segments, image, base)
	return nil
}

// mark notes the bytes of the pc-value table at offset: pairs of numbers, up to a zero that is not the first.
func mark(keep []bool, pctab []byte, offset int) bool {
	if offset == 0 {
		return true
	}
	for i, first := offset, true; i < len(pctab); first = false {
		value, n := binary.Uvarint(pctab[i:])
		if n <= 0 {
			return false
		}
		end := i + n
		if last := value == 0 && !first; !last {
			_, m := binary.Uvarint(pctab[end:])
			if m <= 0 {
				return false
			}
			end += m
		}
		for j := i; j < end; j++ {
			keep[j] = true
		}
		if value == 0 && !first {
			return true
		}
		i = end
	}
	return false
}

func ascending(numbers ...int) bool {
	for i := 1; i < len(numbers); i++ {
		if numbers[i] < numbers[i-1] {
			return false
		}
	}
	return true
}

// imageOf lays the segments out as memory, from base on.
func imageOf(segments []segment) (image []byte, base int) {
	if len(segments) == 0 {
		return nil, 0
	}
	base = segments[0].at
	end := base
	for _, s := range segments {
		base, end = min(base, s.at), max(end, s.at+len(s.bytes))
	}
	image = make([]byte, end-base)
	for _, s := range segments {
		copy(image[s.at-base:], s.bytes)
	}
	return image, base
}

// write takes the segments' bytes from the image.
func write(segments []segment, image []byte, base int) {
	for _, s := range segments {
		copy(s.bytes, image[s.at-base:])
	}
}
