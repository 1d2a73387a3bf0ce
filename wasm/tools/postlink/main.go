// Command postlink makes a linked Go program for js/wasm smaller and its start shorter, and leaves what it does as it was. It merges
// data segments that lie close together, and empties the tables that only tracebacks read: files, lines, names, arguments.
//
//	go run ./wasm/tools/postlink -i linked.wasm -o small.wasm
//
// What it writes also tells its registers, for js/ahead.mjs to start it and write down its state. With that, the program that begins
// there is made:
//
//	go run ./wasm/tools/postlink -i small.wasm -state state -o throughline.wasm
//
// Where the program is not laid out as in the Go release this was checked with, its tables stay as they are, and one line says so.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
)

// checked is the Go release whose table layout this knows.
const checked = "go1.26.8"

func main() {
	in := flag.String("i", "", "the linked program")
	out := flag.String("o", "", "where the smaller one goes")
	state := flag.String("state", "", "what the smaller program holds once it has started")
	flag.Parse()
	if err := run(*in, *state, *out, runtime.Version()); err != nil {
		fmt.Fprintln(os.Stderr, "postlink:", err)
		os.Exit(1)
	}
}

func run(in, state, out, version string) error {
	program, err := os.ReadFile(in)
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	var made []byte
	if state == "" {
		made, err = shrink(program, version)
	} else {
		made, err = begin(program, state)
	}
	var unknown unknownLayout
	if errors.As(err, &unknown) {
		fmt.Fprintln(os.Stderr, "postlink: tables left as they are:", err)
	} else if err != nil {
		return err
	}
	if err := os.WriteFile(out, made, 0o644); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// unknownLayout says why the tables were not touched.
type unknownLayout string

func (u unknownLayout) Error() string { return string(u) }

// shrink returns the smaller program. With an unknownLayout it returns one whose tables are as they were.
func shrink(program []byte, version string) ([]byte, error) {
	m, err := parse(program)
	if err != nil {
		return nil, err
	}
	segments, err := parseData(m.body(dataSection))
	if err != nil {
		return nil, err
	}
	tables := error(unknownLayout("this is " + version + ", and the layout is known of " + checked))
	if version == checked {
		tables = emptyTracebackTables(segments)
		if err := exportRegisters(m); err != nil {
			return nil, err
		}
	}
	m.setBody(dataSection, appendData(nil, merge(segments)))
	return m.bytes(), tables
}

// begin returns the program that begins with the state in a file.
func begin(program []byte, file string) ([]byte, error) {
	state, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read its state: %w", err)
	}
	m, err := parse(program)
	if err != nil {
		return nil, err
	}
	if err := startAhead(m, state); err != nil {
		return nil, err
	}
	return m.bytes(), nil
}
