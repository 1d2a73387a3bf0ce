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

// edit replaces the bytes from start to end.
type edit struct {
	start, end int
	text       string
}

// change gives functions of a file new bodies, and makes GODEBUG's switches constants. It fails where a function is not there once.
func change(name string, text []byte, functions map[string]string) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
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
		body, ok := functions[nameOf(function)]
		if !ok {
			edits = append(edits, switches(function, at)...)
			continue
		}
		found[nameOf(function)]++
		edits = append(edits, edit{at(function.Body.Lbrace), at(function.Body.Rbrace) + 1, "{ " + body + " }"})
	}
	for function := range functions {
		if found[function] != 1 {
			return nil, fmt.Errorf("%s has %d functions %s, not one", name, found[function], function)
		}
	}
	return withoutUnusedImports(name, apply(text, edits))
}

// nameOf is name, or Receiver.name.
func nameOf(function *ast.FuncDecl) string {
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

// switches finds where a function reads one of GODEBUG's switches. Writes, and addresses taken, stay as they are.
func switches(function *ast.FuncDecl, at func(token.Pos) int) []edit {
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
			if constant, known := debugSwitches[n.Sel.Name]; ok && known && x.Name == "debug" && !kept[n] {
				edits = append(edits, edit{at(n.Pos()), at(n.End()), constant})
			}
		}
		return true
	})
	return edits
}

func apply(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for _, e := range edits {
		text = slices.Concat(text[:e.start], []byte(e.text), text[e.end:])
	}
	return text
}

// withoutUnusedImports keeps an import that nothing uses any more only for its effect.
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
	return apply(text, edits), nil
}
