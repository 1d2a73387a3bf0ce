// Command postlink makes a linked Go program for js/wasm smaller and lets it start faster, without changing what it does. It merges data
// segments that are close together, and clears the tables that only tracebacks read: files, lines, names and arguments.
//
//	go run ./wasm/tools/postlink -i linked.wasm -o small.wasm
//
// The result exports its registers. js/snapshot.mjs starts it and writes its state to a file. With that file, postlink makes the program
// that begins in this state:
//
//	go run ./wasm/tools/postlink -i small.wasm -state state -o throughline.wasm
//
// If the program does not have the layout of the Go release that this was checked with, its tables stay as they are, and a message says so.
//
// It also removes what such a program cannot use any more, functions above all, and rewrites the functions that are left, so that they do the same and
// compress better.
//
// Of a program that TinyGo has linked, which has none of those tables, it removes the functions that nothing reaches:
//
//	go run ./wasm/tools/postlink -i linked.wasm -strip -o throughline.wasm
//
// Read main.go first, then pclntab.go and traceback.go for the tables, snapshot.go for the state, reachable.go for what is removed, and go_function.go,
// rewrite.go and renumber.go for what is rewritten; strip.go stands alone.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
)

// supportedGo is the Go release whose table layout is known.
const supportedGo = "go1.26.8"

func main() {
	in := flag.String("i", "", "the linked program")
	out := flag.String("o", "", "the file to write")
	state := flag.String("state", "", "the state to begin in, as js/snapshot.mjs writes it")
	isOnlyStripped := flag.Bool("strip", false, "only remove what nothing reaches, whichever compiler the program is of")
	flag.Parse()
	pass := func(program []byte) ([]byte, error) { return shrink(program, runtime.Version()) }
	if *isOnlyStripped {
		pass = strip
	} else if *state != "" {
		pass = func(program []byte) ([]byte, error) { return withSnapshot(program, *state) }
	}
	if err := run(*in, *out, pass); err != nil {
		fmt.Fprintln(os.Stderr, "postlink:", err)
		os.Exit(1)
	}
}

// run writes what a pass makes of a program.
func run(in, out string, pass func([]byte) ([]byte, error)) error {
	program, err := os.ReadFile(in)
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	result, err := pass(program)
	var unknown unknownLayout
	if errors.As(err, &unknown) {
		fmt.Fprintln(os.Stderr, "postlink: left as it is:", err)
	} else if err != nil {
		return err
	}
	if err := os.WriteFile(out, result, 0o644); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// unknownLayout is the reason why the tables, or a whole module, were not changed.
type unknownLayout string

func (u unknownLayout) Error() string { return string(u) }

// shrink returns the smaller program. With an unknownLayout error it also returns a program, whose tables are unchanged.
func shrink(program []byte, version string) ([]byte, error) {
	m, err := parseModule(program)
	if err != nil {
		return nil, err
	}
	segments, err := parseDataSection(m.body(dataSection))
	if err != nil {
		return nil, err
	}
	tables := error(unknownLayout("this is " + version + ", and the layout is known of " + supportedGo))
	if version == supportedGo {
		tables = emptyTracebackTables(segments)
		if err := exportRegisters(m); err != nil {
			return nil, err
		}
	}
	m.setBody(dataSection, appendDataSection(nil, mergeSegments(segments)))
	return m.bytes(), tables
}

// withSnapshot returns the program that begins in the state that a file has, without what it cannot use any more. With an unknownLayout error it
// also returns a program, which is larger.
func withSnapshot(program []byte, file string) ([]byte, error) {
	state, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read its state: %w", err)
	}
	m, err := parseModule(program)
	if err != nil {
		return nil, err
	}
	smaller := bytes.Clone(state)
	unused := removeUnused(m, smaller)
	if unknown := new(unknownLayout); unused != nil && !errors.As(unused, unknown) {
		return nil, unused
	}
	if unused == nil {
		state = smaller
	}
	if err := applySnapshot(m, state); err != nil {
		return nil, err
	}
	return m.bytes(), unused
}
