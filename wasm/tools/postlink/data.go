package main

import (
	"encoding/binary"
	"errors"
	"slices"
)

// segment is a piece of memory as it is when the program starts.
type segment struct {
	at    int
	bytes []byte
}

// closeBy is how many zeros between two segments cost less than the head of another.
const closeBy = 256

const (
	opI32Const = 0x41
	opEnd      = 0x0b
)

var errData = errors.New("the data section is not one that Go's linker writes")

func parseData(data []byte) ([]segment, error) {
	count, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, errData
	}
	data = data[n:]
	segments := make([]segment, 0, min(count, 1<<16))
	for ; count > 0; count-- {
		if len(data) < 2 || data[0] != 0 || data[1] != opI32Const {
			return nil, errData
		}
		at, n := signed(data[2:])
		if n <= 0 || len(data) < 3+n || data[2+n] != opEnd {
			return nil, errData
		}
		data = data[3+n:]
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, errData
		}
		segments = append(segments, segment{int(uint32(at)), slices.Clone(data[n : n+int(size)])})
		data = data[n+int(size):]
	}
	return segments, nil
}

// merge joins segments that follow each other closely. Memory is zero before, so zeros between them change nothing.
func merge(segments []segment) []segment {
	var merged []segment
	for _, s := range segments {
		if len(merged) > 0 {
			last := &merged[len(merged)-1]
			if gap := s.at - last.at - len(last.bytes); gap >= 0 && gap < closeBy {
				last.bytes = append(append(last.bytes, make([]byte, gap)...), s.bytes...)
				continue
			}
		}
		merged = append(merged, segment{s.at, slices.Clone(s.bytes)})
	}
	return merged
}

func appendData(out []byte, segments []segment) []byte {
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

// signed reads a LEB128 number with a sign, and returns how many bytes it has, 0 where it has no end.
func signed(b []byte) (int64, int) {
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
