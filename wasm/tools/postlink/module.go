package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// header begins every WebAssembly module: its magic, and version 1.
var header = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// Kinds of section.
const (
	customSection = 0
	dataSection   = 11
)

// module is a WebAssembly module, taken apart as far as it has to be.
type module struct {
	sections []section
	data     []byte // of the data section
}

type section struct {
	kind byte
	body []byte
}

var errNotWasm = errors.New("this is not a WebAssembly module of a Go program")

func parse(program []byte) (*module, error) {
	if !bytes.HasPrefix(program, header) {
		return nil, errNotWasm
	}
	m := &module{}
	for rest := program[len(header):]; len(rest) > 0; {
		kind := rest[0]
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, fmt.Errorf("%w: a section ends early", errNotWasm)
		}
		body := rest[1+n : 1+n+int(size)]
		rest = rest[1+n+int(size):]
		switch kind {
		case customSection: // names and notes, for debuggers
			continue
		case dataSection:
			m.data = body
		}
		m.sections = append(m.sections, section{kind, body})
	}
	if m.data == nil {
		return nil, fmt.Errorf("%w: it has no data", errNotWasm)
	}
	return m, nil
}

func (m *module) bytes() []byte {
	out := bytes.Clone(header)
	for _, s := range m.sections {
		body := s.body
		if s.kind == dataSection {
			body = m.data
		}
		out = append(out, s.kind)
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
}
