package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A module made by hand, without what does not matter here. Function 0 is imported, function 1 is exported and calls function 2, and nothing names
// the others but what a test adds.
const (
	plainTarget = 3 // the function whose fate is tested
	plainLast   = 4
)

type plain struct {
	exports  []export
	bodies   [][]byte
	sections map[byte][]byte
}

func plainModule() *plain {
	return &plain{
		exports: []export{{"memory", memoryKind, 0}, {"host", functionKind, 0}, {"call", functionKind, 1}},
		bodies:  [][]byte{body(opCall, 2), body(), body(0x01), body(0x01)},
		sections: map[byte][]byte{
			1: {1, 0x60, 0, 0}, importSection: {1, 1, 'e', 1, 'f', functionKind, 0}, 3: {4, 0, 0, 0, 0}, memorySection: {1, 0, 1},
		},
	}
}

func (p *plain) bytes() []byte {
	m := &module{}
	for _, kind := range []byte{1, importSection, 3, tableSection, memorySection, globalSection, exportSection, startSection, elementSection,
		countSection, codeSection, dataSection, countSection + 1} {
		if body, has := p.sections[kind]; has || kind == exportSection || kind == codeSection {
			m.sections = append(m.sections, section{kind, body})
		}
	}
	m.setExports(p.exports)
	m.setBodies(p.bodies)
	return m.bytes()
}

func TestStrip(t *testing.T) {
	section := func(kind byte, body ...byte) func(*plain) { return func(p *plain) { p.sections[kind] = body } }
	table := section(tableSection, 1, typeFunction, 0, 9)
	call := func(code ...byte) func(*plain) { return func(p *plain) { p.bodies[1] = body(code...) } }
	name := func(name string, kind byte) func(*plain) {
		return func(p *plain) { p.exports = append(p.exports, export{name, kind, plainTarget}) }
	}
	zero := []byte{opI32Const, 0, opEnd}
	elements := func(body ...[]byte) func(*plain) { return section(elementSection, bytes.Join(body, nil)...) }
	global := func(body ...byte) func(*plain) { return section(globalSection, body...) }
	numbers := global(append([]byte{plainTarget + 1}, bytes.Repeat([]byte{typeI32, 0, opI32Const, plainTarget, opEnd}, plainTarget+1)...)...)
	declared := elements([]byte{1, 3, 0, 1, 2})
	var programs [][]byte
	tests := map[string]struct {
		stays bool
		setup []func(*plain)
	}{
		"nothing names it":                  {false, nil},
		"an export":                         {true, []func(*plain){name("more", functionKind)}},
		"an export of a global":             {false, []func(*plain){numbers, name("more", globalKind)}},
		"TinyGo's malloc":                   {false, []func(*plain){name("malloc", functionKind)}},
		"TinyGo's free, which is called":    {true, []func(*plain){name("free", functionKind), call(opCall, plainTarget)}},
		"a global named malloc":             {false, []func(*plain){numbers, name("malloc", globalKind)}},
		"the start":                         {true, []func(*plain){section(startSection, plainTarget)}},
		"a call":                            {true, []func(*plain){call(opCall, plainTarget)}},
		"a call of one that cannot run":     {false, []func(*plain){func(p *plain) { p.bodies[plainLast-1] = body(opCall, plainTarget) }}},
		"a call in place of a return":       {true, []func(*plain){call(opReturnCall, plainTarget)}},
		"a call after a reference":          {true, []func(*plain){declared, call(opRefFunc, 2, opRefIsNull, 0x1a, opRefNull, typeFunction, 0x1a, opCall, plainTarget)}},
		"a number like it":                  {false, []func(*plain){call(opI32Const, plainTarget, 0x1a)}},
		"a global's initial value":          {true, []func(*plain){global(1, typeFunction, 0, opRefFunc, plainTarget, opEnd)}},
		"the second global's initial value": {true, []func(*plain){global(2, typeI64, 1, opI64Const, 0x80, 1, opEnd, typeFunction, 0, opRefFunc, plainTarget, opEnd)}},
		"a global's number":                 {false, []func(*plain){numbers}},
		"elements":                          {true, []func(*plain){table, elements([]byte{1, 0}, zero, []byte{1, plainTarget})}},
		"elements of a passive segment":     {true, []func(*plain){table, elements([]byte{1, 1, 0, 1, plainTarget})}},
		"elements of a table by its number": {true, []func(*plain){table, elements([]byte{1, 2, 0}, zero, []byte{0, 1, plainTarget})}},
		"declared elements":                 {true, []func(*plain){table, elements([]byte{1, 3, 0, 1, plainTarget})}},
		"elements as expressions":           {true, []func(*plain){table, elements([]byte{1, 4}, zero, []byte{1, opRefFunc, plainTarget, opEnd})}},
		"passive expressions":               {true, []func(*plain){table, elements([]byte{1, 5, typeFunction, 1, opRefFunc, plainTarget, opEnd})}},
		"expressions of a numbered table":   {true, []func(*plain){table, elements([]byte{1, 6, 0}, zero, []byte{typeFunction, 1, opRefFunc, plainTarget, opEnd})}},
		"declared expressions":              {true, []func(*plain){table, elements([]byte{1, 7, typeFunction, 1, opRefFunc, plainTarget, opEnd})}},
		"no element":                        {false, []func(*plain){table, elements([]byte{1, 4}, zero, []byte{1, opRefNull, typeFunction, opEnd})}},
		"the second segment": {true, []func(*plain){
			table, elements([]byte{2, 0}, zero, []byte{1, 2, 0}, zero, []byte{1, plainTarget}),
		}},
		"code after bulk memory": {true, []func(*plain){
			func(p *plain) {
				p.sections[countSection], p.sections[dataSection] = []byte{1}, []byte{1, 1, 2, 'a', 'b'}
			},
			call(opI32Const, 0, opI32Const, 0, opI32Const, 0, opExtended, memoryInit, 0, 0, opExtended, dataDrop, 0, opCall, plainTarget),
		}},
		"code after a typed select": {true, []func(*plain){
			call(opI32Const, 1, opI32Const, 2, opI32Const, 3, opSelectTyped, 1, typeI32, 0xc0, 0x1a, opCall, plainTarget),
		}},
		"code in a block with its type": {true, []func(*plain){call(opBlock, 0, opCall, plainTarget, opEnd)}},
		"code after a change of a table": {true, []func(*plain){
			table, call(opI32Const, 0, opI32Const, 0, opTableGet, 0, opTableSet, 0, opCall, plainTarget),
		}},
		"other kinds of import": {true, []func(*plain){
			section(importSection, 4, 0, 0, tableKind, typeFunction, 1, 1, 9, 1, 'e', 1, 'f', functionKind, 0, 0, 0, memoryKind, 0, 1, 0, 0, globalKind, typeI32, 0),
			func(p *plain) { delete(p.sections, memorySection) }, name("more", functionKind),
		}},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			p := plainModule()
			for _, setup := range test.setup {
				setup(p)
			}
			program := p.bytes()
			stripped, err := strip(program)
			require.NoError(t, err)
			programs = append(programs, program, stripped)
			before, after := sectionsOf(t, program), sectionsOf(t, stripped)
			c, err := (&module{after}).code()
			require.NoError(t, err)
			want := p.bodies[plainTarget-1]
			if !test.stays {
				want = removedBody
			}
			assert.Equal(t, want, c.bodies[plainTarget-1])
			assert.Equal(t, p.bodies[:2], c.bodies[:2], "what runs is as it was")
			assert.Equal(t, removedBody, c.bodies[plainLast-1])
			require.Equal(t, len(before), len(after))
			for i := range before {
				if kind := before[i].kind; kind != codeSection && kind != exportSection {
					assert.Equal(t, before[i], after[i])
				}
			}
		})
	}
	requireValid(t, programs)
}

func sectionsOf(t *testing.T, program []byte) []section {
	t.Helper()
	m, err := parseSections(program)
	require.NoError(t, err)
	return m.sections
}

// requireValid has V8 check modules, so that neither a test's input nor what becomes of it is something that no browser takes.
func requireValid(t *testing.T, programs [][]byte) {
	t.Helper()
	script, err := json.Marshal(programs) // as base64
	require.NoError(t, err)
	check := exec.Command("node", "-e", "for (const program of "+string(script)+") new WebAssembly.Module(Buffer.from(program, 'base64'))")
	out, err := check.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestStripRemovesWhatOnlyTheAllocatorsExportsReach(t *testing.T) {
	p := plainModule()
	p.exports = append(p.exports, export{"malloc", functionKind, plainTarget}, export{"calloc", functionKind, plainTarget},
		export{"realloc", functionKind, plainTarget}, export{"free", functionKind, plainLast})
	p.bodies[plainTarget-1] = body(opCall, plainLast)
	stripped, err := strip(p.bytes())
	require.NoError(t, err)
	m := &module{sectionsOf(t, stripped)}
	exports, err := m.exports()
	require.NoError(t, err)
	assert.Equal(t, plainModule().exports, exports)
	c, err := m.code()
	require.NoError(t, err)
	assert.Equal(t, [][]byte{removedBody, removedBody}, c.bodies[plainTarget-1:])
}

func TestStripLeavesWhatItDoesNotKnow(t *testing.T) {
	tests := map[string]func(*plain){
		"an instruction":               func(p *plain) { p.bodies[0] = body(0xfd, 0) },
		"a section":                    func(p *plain) { p.sections[countSection+1] = []byte{0} },
		"a kind of import":             func(p *plain) { p.sections[importSection] = []byte{1, 1, 'e', 1, 'f', 4, 0, 0} },
		"a table with a first element": func(p *plain) { p.sections[tableSection] = []byte{1, 0x40, 0, typeFunction, 0, 9, opRefFunc, 3, opEnd} },
		"a global of vectors":          func(p *plain) { p.sections[globalSection] = []byte{1, 0x7b, 0, 0xfd, 12} },
		"a kind of elements":           func(p *plain) { p.sections[elementSection] = []byte{1, 8} },
		"elements that are something":  func(p *plain) { p.sections[elementSection] = []byte{1, 1, 1, 1, 3} },
		"a reference to an allocator": func(p *plain) {
			p.exports = append(p.exports, export{"malloc", functionKind, plainTarget})
			p.bodies[0] = body(opRefFunc, plainTarget, 0x1a)
		},
		"a local variable's type": func(p *plain) { p.bodies[0] = []byte{1, 1, 0x63, 0, opEnd} },
	}
	for name, setup := range tests {
		t.Run(name, func(t *testing.T) {
			p := plainModule()
			setup(p)
			custom := []byte{customSection, 2, 1, 'n'}
			program := append(p.bytes(), custom...)
			stripped, err := strip(program)
			assert.ErrorAs(t, err, new(unknownLayout))
			assert.Equal(t, program, stripped)
		})
	}
}

func TestStripRefusesWhatIsBroken(t *testing.T) {
	tests := map[string]func(*plain){
		"a call of a function that is not there": func(p *plain) { p.bodies[0] = body(opCall, 9) },
		"an export of one":                       func(p *plain) { p.exports = append(p.exports, export{"more", functionKind, 9}) },
		"a body that ends early":                 func(p *plain) { p.bodies[0] = []byte{0, opI32Const, 0x80} },
		"elements that end early":                func(p *plain) { p.sections[elementSection] = []byte{2, 1, 0, 1, 3} },
		"globals after the last":                 func(p *plain) { p.sections[globalSection] = []byte{0, 1} },
		"a value that does not end":              func(p *plain) { p.sections[globalSection] = []byte{1, typeI32, 0, opI32Const, 1} },
		"imports that end early":                 func(p *plain) { p.sections[importSection] = []byte{2, 1, 'e', 1, 'f', functionKind, 0} },
	}
	for name, setup := range tests {
		t.Run(name, func(t *testing.T) {
			p := plainModule()
			setup(p)
			_, err := strip(p.bytes())
			assert.ErrorIs(t, err, errNotWasm)
		})
	}
	_, err := strip([]byte("\x7fELF"))
	assert.ErrorIs(t, err, errNotWasm)
}

// A program of standard Go, too, runs as before. Its table has every function, so that only the names of an own kind go.
func TestStrippedProgramRuns(t *testing.T) {
	linked := link(t)
	stripped, err := strip(linked)
	require.NoError(t, err)
	assert.Less(t, len(stripped), len(linked))
	assert.Equal(t, "right: runtime error: index out of range [5] with length 1\n", runProgram(t, stripped))
}
