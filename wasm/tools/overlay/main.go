// Command overlay makes the page's program smaller: it lets the Go linker leave out parts of the runtime that a web page never uses, such as
// the execution tracer, profiles, tracebacks, heap dumps and GODEBUG. It writes modified copies of runtime files of the installed Go into a
// folder, and an overlay file for `go build`. The installed Go itself stays as it is.
//
//	go build -overlay "$(go run ./wasm/tools/overlay -o .cache/overlay)" ./wasm
//
// It replaces functions' bodies and reads of GODEBUG's switches, leaves out what the runtime prints about its own faults, and lets atomic operations
// be inlined. The compiler and the linker then drop what cannot be reached. On a Go release
// that it was not checked with, or if a file is not as expected, it writes a message to standard error and prints no path. The build then
// goes on without an overlay, and the program is larger.
//
// Read replacements.go first; it lists what is replaced and why. prints.go and inlining.go have the other reasons. rewrite.go does it.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// supportedGo is the Go release that the replacements were checked with.
const supportedGo = "go1.26.8"

func main() {
	out := flag.String("o", "overlay", "folder for the changed files and the overlay")
	flag.Parse()
	path, err := run(runtime.Version(), filepath.Join(runtime.GOROOT(), "src"), *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "overlay: building without:", err)
		return
	}
	fmt.Println(path)
}

// run writes the files and the overlay for the Go release version, whose sources are in src, and returns the path of the overlay.
func run(version, src, out string) (string, error) {
	if version != supportedGo {
		return "", fmt.Errorf("this is %s, and the changes were checked with %s", version, supportedGo)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("find the folder: %w", err)
	}
	replace := map[string]string{}
	bodies := bodiesByFile(replacements)
	printing, err := filesThatPrintDetails(src)
	if err != nil {
		return "", err
	}
	for _, file := range printing {
		if _, ok := bodies[file]; !ok {
			bodies[file] = nil
		}
	}
	for file, functions := range bodies {
		original := filepath.Join(src, file)
		text, err := os.ReadFile(original)
		if err != nil {
			return "", fmt.Errorf("read: %w", err)
		}
		changed, err := rewriteFile(file, text, functions)
		if err != nil {
			return "", err
		}
		if bytes.Equal(changed, text) && slices.Contains(printing, file) {
			continue
		}
		replace[original] = filepath.Join(out, file)
		if err := writeFile(replace[original], changed); err != nil {
			return "", err
		}
	}
	overlay, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	path := filepath.Join(out, "overlay.json")
	return path, writeFile(path, overlay)
}

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
