package main

import (
	"errors"
	"fmt"
	"slices"
)

// Which functions can a module reach? This pass asks only what WebAssembly says, so that it works on every compiler's modules: a function can run
// if it is exported, is the start, is in a table or can be put there, is the initial value of a global, or if one that can run calls it or refers
// to it. With standard Go that is nearly all, because its table has every function; reachable.go knows more of those programs.

// cExports are functions with names of C's, which TinyGo exports although no page calls them: an allocator for C programs and for JavaScript that
// allocates Go's memory, which holds a hash map of what it has given out, what wasm/border/seed_tinygo.go has instead of C's, and since 0.41 what LLVM
// calls for min and max of floating-point numbers on other processors.
var cExports = map[string]bool{
	"malloc": true, "free": true, "calloc": true, "realloc": true, "arc4random": true,
	"fminimum": true, "fminimumf": true, "fmaximum": true, "fmaximumf": true,
}

// strip returns the module without its custom sections, without cExports, and with removedBody for functions that nothing reaches any more.
// All others keep their index. With an unknownLayout error it returns the module as it was.
func strip(program []byte) ([]byte, error) {
	m, err := parseSections(program)
	if err != nil {
		return nil, err
	}
	if err := m.removeUnreached(); errors.As(err, new(unknownLayout)) {
		return program, err
	} else if err != nil {
		return nil, err
	}
	return m.bytes(), nil
}

func (m *module) removeUnreached() error {
	for _, s := range m.sections {
		if s.kind > countSection {
			return unknownLayout(fmt.Sprintf("section %d", s.kind))
		}
	}
	c, err := m.code()
	if err != nil {
		return err
	}
	exports, err := m.exports()
	if err != nil {
		return err
	}
	removed := map[int]bool{}
	exports = slices.DeleteFunc(exports, func(e export) bool {
		isRemoved := e.kind == functionKind && cExports[e.name]
		if isRemoved {
			removed[int(e.index)] = true
		}
		return isRemoved
	})
	roots, err := m.roots(exports)
	if err != nil {
		return err
	}
	reached, values, err := c.reachedFrom(roots)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(values, func(index int) bool { return removed[index] }) {
		return unknownLayout("a value made of a function of C's, which only its export allows")
	}
	for i := range c.bodies {
		if !reached[i] {
			c.bodies[i] = removedBody
		}
	}
	m.setExports(exports)
	m.setBodies(c.bodies)
	return nil
}

// roots returns the functions that can run without a call from within.
func (m *module) roots(exports []export) ([]int, error) {
	refs := references{}
	for _, e := range exports {
		if e.kind == functionKind {
			refs.functions = append(refs.functions, int(e.index))
		}
	}
	if start := m.body(startSection); start != nil {
		r := reader{start}
		refs.functions = append(refs.functions, int(r.unsigned()))
	}
	for kind, read := range map[byte]func(*reader, *references) error{
		tableSection:   (*reader).table,
		globalSection:  (*reader).global,
		elementSection: (*reader).elements,
	} {
		body := m.body(kind)
		if body == nil {
			continue
		}
		r := reader{body}
		for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
			if err := read(&r, &refs); err != nil {
				return nil, err
			}
		}
		if r.rest == nil || len(r.rest) > 0 {
			return nil, fmt.Errorf("%w: section %d", errNotWasm, kind)
		}
	}
	return refs.functions, nil
}

// table reads a table. One with an initial value begins with a byte that is no type, so it is refused.
func (r *reader) table(*references) error {
	err := r.valueType()
	r.limits()
	return err
}

func (r *reader) global(refs *references) error {
	if err := r.valueType(); err != nil {
		return err
	}
	r.byte()
	return r.constant(refs)
}

// elements reads a segment of the section of elements, which are functions for a table.
func (r *reader) elements(refs *references) error {
	const isNotActive, hasTableOrIsDeclared, hasExpressions, known = 1, 2, 4, 7
	flags := r.unsigned()
	if flags > known {
		return unknownLayout("elements of an unknown kind")
	}
	if flags&isNotActive == 0 {
		if flags&hasTableOrIsDeclared != 0 {
			r.unsigned()
		}
		if err := r.constant(refs); err != nil {
			return err
		}
	}
	if flags&(isNotActive|hasTableOrIsDeclared) != 0 {
		if err := r.elementKind(flags&hasExpressions != 0); err != nil {
			return err
		}
	}
	for count := r.unsigned(); count > 0 && r.rest != nil; count-- {
		if flags&hasExpressions == 0 {
			refs.functions = append(refs.functions, int(r.unsigned()))
		} else if err := r.constant(refs); err != nil {
			return err
		}
	}
	return nil
}

// elementKind reads what the elements of a segment are: the type of expressions, or else 0, for functions.
func (r *reader) elementKind(isType bool) error {
	if isType {
		return r.valueType()
	}
	if kind := r.byte(); kind != functionKind {
		return unknownLayout("elements that are no functions")
	}
	return nil
}

// reachedFrom tells of each body whether it can run, if these functions can, and of which functions values are then made.
func (c code) reachedFrom(roots []int) (reached []bool, values []int, err error) {
	reached = make([]bool, len(c.bodies))
	queue := slices.Clone(roots)
	for len(queue) > 0 {
		i := queue[len(queue)-1] - c.imported
		queue = queue[:len(queue)-1]
		if i >= len(c.bodies) {
			return nil, nil, fmt.Errorf("%w: a function that it does not have", errNotWasm)
		}
		if i < 0 || reached[i] {
			continue
		}
		reached[i] = true
		refs, err := referencesOf(c.bodies[i])
		if err != nil {
			return nil, nil, err
		}
		queue = append(queue, refs.functions...)
		values = append(values, refs.values...)
	}
	return reached, values, nil
}
