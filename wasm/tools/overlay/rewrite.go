package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// edit is the replacement of the bytes from start to end with text.
type edit struct {
	start, end int
	text       string
}

// rewriteFile returns the text of a file with new bodies of functions, by qualifiedName, and with constants in place of reads of GODEBUG's
// switches. It fails if the file does not have exactly one function of a name.
func rewriteFile(name string, text []byte, functions map[string]string) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	at := func(p token.Pos) int { return set.Position(p).Offset }
	var edits []edit
	found := map[string]int{}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		body, ok := functions[qualifiedName(function)]
		if !ok {
			edits = append(edits, editsOfFunction(name, function, text, at)...)
			continue
		}
		found[qualifiedName(function)]++
		edits = append(edits, edit{at(function.Body.Lbrace), at(function.Body.Rbrace) + 1, "{ " + body + " }"})
	}
	for function := range functions {
		if found[function] != 1 {
			return nil, fmt.Errorf("%s has %d functions %s, not one", name, found[function], function)
		}
	}
	return withoutUnusedImports(name, applyEdits(text, edits))
}

// editsOfFunction returns the edits in a function that keeps its body.
func editsOfFunction(file string, function *ast.FuncDecl, text []byte, at func(token.Pos) int) []edit {
	var edits []edit
	if file == atomicFile {
		edits = noinlineDirectives(function, at)
	}
	if printsDetails(file, function.Name.Name) {
		edits = append(edits, detailPrints(file, function, text, at)...)
	}
	for _, read := range debugSwitchReads(function, at) {
		if !slices.ContainsFunc(edits, func(e edit) bool { return e.start <= read.start && read.end <= e.end }) {
			edits = append(edits, read)
		}
	}
	return edits
}

// qualifiedName returns the name of a function, or Receiver.name for a method.
func qualifiedName(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if ident, ok := receiver.(*ast.Ident); ok {
		return ident.Name + "." + function.Name.Name
	}
	return function.Name.Name
}

// debugSwitchReads returns the edits that replace a function's reads of GODEBUG's switches. Assignments, and expressions that take the
// address of a switch, stay as they are.
func debugSwitchReads(function *ast.FuncDecl, at func(token.Pos) int) []edit {
	kept := map[ast.Expr]bool{}
	var edits []edit
	ast.Inspect(function.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				kept[left] = true
			}
		case *ast.UnaryExpr:
			kept[n.X] = kept[n.X] || n.Op == token.AND
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if constant, known := debugSwitchValues[n.Sel.Name]; ok && known && x.Name == "debug" && !kept[n] {
				edits = append(edits, edit{at(n.Pos()), at(n.End()), constant})
			}
		}
		return true
	})
	return edits
}

// applyEdits applies edits that do not overlap.
func applyEdits(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for _, e := range edits {
		text = slices.Concat(text[:e.start], []byte(e.text), text[e.end:])
	}
	return text
}

// withoutUnusedImports renames unused imports to _, because Go does not compile a file with one, and their init functions must still run.
func withoutUnusedImports(name string, text []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse what was changed: %w", err)
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok {
				used[x.Name] = true
			}
		}
		return true
	})
	var edits []edit
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("read an import: %w", err)
		}
		if spec.Name == nil && !used[path.Base(imported)] {
			offset := set.Position(spec.Path.Pos()).Offset
			edits = append(edits, edit{offset, offset, "_ "})
		}
	}
	return applyEdits(text, edits), nil
}
