package main

import (
	"encoding/binary"
	"errors"
	"slices"
)

// segment has bytes that are copied to the address at in memory when the program starts.
type segment struct {
	at    int
	bytes []byte
}

// maxMergedGap is the number of zeros that cost less, after compression, than the header of another segment.
const maxMergedGap = 256

const (
	opI32Const = 0x41
	opEnd      = 0x0b
)

var errDataSection = errors.New("the data section is not one that Go's linker writes")

// parseDataSection parses the data section of a program that Go linked.
func parseDataSection(data []byte) ([]segment, error) {
	count, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, errDataSection
	}
	data = data[n:]
	segments := make([]segment, 0, min(count, 1<<16))
	for ; count > 0; count-- {
		if len(data) < 2 || data[0] != 0 || data[1] != opI32Const {
			return nil, errDataSection
		}
		at, n := readSigned(data[2:])
		if n <= 0 || len(data) < 3+n || data[2+n] != opEnd {
			return nil, errDataSection
		}
		data = data[3+n:]
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, errDataSection
		}
		segments = append(segments, segment{int(uint32(at)), slices.Clone(data[n : n+int(size)])})
		data = data[n+int(size):]
	}
	return segments, nil
}

// mergeSegments merges segments that are close to each other. The zeros between them change nothing, because memory is zero at first.
func mergeSegments(segments []segment) []segment {
	var merged []segment
	for _, s := range segments {
		if len(merged) > 0 {
			last := &merged[len(merged)-1]
			if gap := s.at - last.at - len(last.bytes); gap >= 0 && gap < maxMergedGap {
				last.bytes = append(append(last.bytes, make([]byte, gap)...), s.bytes...)
				continue
			}
		}
		merged = append(merged, segment{s.at, slices.Clone(s.bytes)})
	}
	return merged
}

// appendDataSection appends a data section with these segments.
func appendDataSection(out []byte, segments []segment) []byte {
	out = binary.AppendUvarint(out, uint64(len(segments)))
	for _, s := range segments {
		out = append(out, 0, opI32Const)
		out = appendSigned(out, int64(int32(uint32(s.at))))
		out = append(out, opEnd)
		out = binary.AppendUvarint(out, uint64(len(s.bytes)))
		out = append(out, s.bytes...)
	}
	return out
}

// readSigned reads a signed LEB128 number, and returns it and its length in bytes. The length is 0 if the number does not end.
func readSigned(b []byte) (int64, int) {
	var v int64
	for i, c := range b {
		shift := 7 * (i + 1)
		v |= int64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v, i + 1
		}
		if i == 9 {
			break
		}
	}
	return 0, 0
}

// appendSigned appends a signed LEB128 number.
func appendSigned(out []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(out, c)
		}
		out = append(out, c|0x80)
	}
}
