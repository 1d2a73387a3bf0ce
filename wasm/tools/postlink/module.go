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
	customSection  = 0
	importSection  = 2
	tableSection   = 4
	memorySection  = 5
	globalSection  = 6
	exportSection  = 7
	startSection   = 8
	elementSection = 9
	codeSection    = 10
	dataSection    = 11
	countSection   = 12 // how many segments the section of data has
)

// module is a WebAssembly module, split into its sections.
type module struct{ sections []section }

type section struct {
	kind byte
	body []byte
}

var errNotWasm = errors.New("this is not a WebAssembly module of a Go program")

// parseModule parses a program of Go's linker, which has data.
func parseModule(program []byte) (*module, error) {
	m, err := parseSections(program)
	if err == nil && m.body(dataSection) == nil {
		return nil, fmt.Errorf("%w: it has no data", errNotWasm)
	}
	return m, err
}

// parseSections parses any module.
func parseSections(program []byte) (*module, error) {
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
		if kind != customSection { // Custom sections have names and notes for debuggers.
			m.sections = append(m.sections, section{kind, body})
		}
	}
	return m, nil
}

func (m *module) bytes() []byte {
	out := bytes.Clone(header)
	for _, s := range m.sections {
		out = append(out, s.kind)
		out = binary.AppendUvarint(out, uint64(len(s.body)))
		out = append(out, s.body...)
	}
	return out
}

// body returns the content of the section of this kind, or nil if there is none.
func (m *module) body(kind byte) []byte {
	for _, s := range m.sections {
		if s.kind == kind {
			return s.body
		}
	}
	return nil
}

// setBody replaces the content of the section of this kind.
func (m *module) setBody(kind byte, body []byte) {
	for i := range m.sections {
		if m.sections[i].kind == kind {
			m.sections[i].body = body
		}
	}
}

// setMemoryPages sets the number of pages of memory that the program starts with.
func (m *module) setMemoryPages(pages uint64) {
	const one, noMaximum = 1, 0
	m.setBody(memorySection, binary.AppendUvarint([]byte{one, noMaximum}, pages))
}
