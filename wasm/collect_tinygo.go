//go:build tinygo && gc.none

package main

import "github.com/throughline/throughline/wasm/heap"

// collect frees what nothing refers to any more, if that may be much. It is called when none of the program's other functions runs.
//
//go:wasmexport collect
func collect() { heap.Collect() }
