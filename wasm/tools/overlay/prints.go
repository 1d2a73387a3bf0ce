package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"path/filepath"
	"strings"
)

// Before the runtime ends the program because of a fault of its own, it prints details: addresses, sizes, states. They cost as much as a hundred
// functions, and only somebody who debugs Go's runtime can use them. The message of such a fault is where in Go's source it was found, which is shorter
// than the text there, and tells more. Messages of panics, and of a lack of memory or of too deep a recursion, are printed as before.

// filesThatPrint have the functions that print panics and messages of faults.
var filesThatPrint = map[string]bool{"runtime/panic.go": true, "runtime/error.go": true, "runtime/print.go": true}

// functionsThatPrint print what a page's developer can use.
var functionsThatPrint = map[string]bool{"newstack": true}

// filesThatPrintDetails returns the files of the runtime in which printsDetails may be true.
func filesThatPrintDetails(src string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(src, "runtime", "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list the runtime: %w", err)
	}
	var files []string
	for _, original := range all {
		if file := path.Join("runtime", filepath.Base(original)); !strings.HasSuffix(file, "_test.go") && printsDetails(file, "") {
			files = append(files, file)
		}
	}
	return files, nil
}

// printsDetails tells whether calls of print in a function of this file are left out.
func printsDetails(file, function string) bool {
	return path.Dir(file) == "runtime" && !filesThatPrint[file] && !functionsThatPrint[function]
}

// detailPrints returns the edits that leave out a function's calls of print and println, and the lock around them, and that shorten messages. The
// arguments of print are still used, for Go refuses variables that are not.
func detailPrints(file string, function *ast.FuncDecl, text []byte, at func(token.Pos) int) []edit {
	var edits []edit
	ast.Inspect(function.Body, func(n ast.Node) bool {
		statement, ok := n.(*ast.ExprStmt)
		if !ok {
			return true
		}
		call, ok := statement.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch name, _ := call.Fun.(*ast.Ident); {
		case name == nil:
			return true
		case name.Name == "printlock", name.Name == "printunlock":
			edits = append(edits, edit{at(call.Pos()), at(call.End()), ""})
		case name.Name == "throw":
			if message, ok := call.Args[0].(*ast.BasicLit); ok && !strings.Contains(message.Value, "out of memory") {
				place := fmt.Sprintf("%q", fmt.Sprintf("%s:%d", path.Base(file), 1+strings.Count(string(text[:at(call.Pos())]), "\n")))
				edits = append(edits, edit{at(message.Pos()), at(message.End()), place})
			}
			return false
		case name.Name == "print", name.Name == "println":
			var used []string
			for _, argument := range call.Args {
				if _, isConstant := argument.(*ast.BasicLit); !isConstant {
					used = append(used, string(text[at(argument.Pos()):at(argument.End())]))
				}
			}
			replacement := ""
			if len(used) > 0 {
				replacement = strings.TrimSuffix(strings.Repeat("_, ", len(used)), ", ") + " = " + strings.Join(used, ", ")
			}
			edits = append(edits, edit{at(call.Pos()), at(call.End()), replacement})
			return false
		}
		return true
	})
	return edits
}
