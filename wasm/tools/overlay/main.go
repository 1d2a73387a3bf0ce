// Command overlay lets the Go linker leave out what a web page never turns on: the execution tracer, profiles, tracebacks, heap dumps,
// GODEBUG's switches. It writes changed copies of the installed Go's own runtime files into a folder, and an overlay for `go build`.
//
//	go build -overlay "$(go run ./wasm/tools/overlay -o .cache/overlay)" ./wasm
//
// A switch becomes a constant or a function loses its body; what then cannot be reached, the compiler and the linker drop themselves,
// so nothing is cut that could still run. On a Go release that it was not checked with, or where a file is not as expected, it changes
// nothing, says so on standard error and prints nothing: the build goes on, only larger.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// checked is the Go release that the changes were checked with.
const checked = "go1.26.8"

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

// run writes the overlay for a Go release with sources in src, and returns its path.
func run(version, src, out string) (string, error) {
	if version != checked {
		return "", fmt.Errorf("this is %s, and the changes were checked with %s", version, checked)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("find the folder: %w", err)
	}
	replace := map[string]string{}
	for file, functions := range byFile(changes) {
		original := filepath.Join(src, file)
		text, err := os.ReadFile(original)
		if err != nil {
			return "", fmt.Errorf("read: %w", err)
		}
		changed, err := change(file, text, functions)
		if err != nil {
			return "", err
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
