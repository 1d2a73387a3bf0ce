package main

import (
	"go/ast"
	"go/token"
)

// atomicFile has the atomic operations, which on WebAssembly, with its one thread, are ordinary reads and writes. Go does not inline them there,
// because then they might be reordered as ordinary ones are. With one thread no other can see the order, and a call of one is larger than itself.
const atomicFile = "internal/runtime/atomic/atomic_wasm.go"

// writesPointers is not inlined: it writes a pointer without a write barrier, which its callers' packages would add.
const writesPointers = "Casp1"

// noinlineDirectives returns the edits that let the compiler inline a function of atomicFile.
func noinlineDirectives(function *ast.FuncDecl, at func(token.Pos) int) []edit {
	var edits []edit
	if function.Doc == nil || function.Name.Name == writesPointers {
		return nil
	}
	for _, comment := range function.Doc.List {
		if comment.Text == "//go:noinline" {
			edits = append(edits, edit{at(comment.Pos()), at(comment.End()), ""})
		}
	}
	return edits
}
