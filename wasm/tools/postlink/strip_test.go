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
	simpleTarget = 3 // the function whose fate is tested
	simpleLast   = 4
)

type simpleModule struct {
	exports  []export
	bodies   [][]byte
	sections map[byte][]byte
}

func newSimpleModule() *simpleModule {
	return &simpleModule{
		exports: []export{{"memory", memoryKind, 0}, {"host", functionKind, 0}, {"call", functionKind, 1}},
		bodies:  [][]byte{body(opCall, 2), body(), body(0x01), body(0x01)},
		sections: map[byte][]byte{
			1: {1, 0x60, 0, 0}, importSection: {1, 1, 'e', 1, 'f', functionKind, 0}, 3: {4, 0, 0, 0, 0}, memorySection: {1, 0, 1},
		},
	}
}

func (p *simpleModule) bytes() []byte {
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
	section := func(kind byte, body ...byte) func(*simpleModule) {
		return func(p *simpleModule) { p.sections[kind] = body }
	}
	table := section(tableSection, 1, typeFunction, 0, 9)
	call := func(code ...byte) func(*simpleModule) { return func(p *simpleModule) { p.bodies[1] = body(code...) } }
	name := func(name string, kind byte) func(*simpleModule) {
		return func(p *simpleModule) { p.exports = append(p.exports, export{name, kind, simpleTarget}) }
	}
	zero := []byte{opI32Const, 0, opEnd}
	elements := func(body ...[]byte) func(*simpleModule) { return section(elementSection, bytes.Join(body, nil)...) }
	global := func(body ...byte) func(*simpleModule) { return section(globalSection, body...) }
	numbers := global(append([]byte{simpleTarget + 1}, bytes.Repeat([]byte{typeI32, 0, opI32Const, simpleTarget, opEnd}, simpleTarget+1)...)...)
	declared := elements([]byte{1, 3, 0, 1, 2})
	var programs [][]byte
	tests := map[string]struct {
		stays bool
		setup []func(*simpleModule)
	}{
		"nothing names it":                  {false, nil},
		"an export":                         {true, []func(*simpleModule){name("more", functionKind)}},
		"an export of a global":             {false, []func(*simpleModule){numbers, name("more", globalKind)}},
		"TinyGo's malloc":                   {false, []func(*simpleModule){name("malloc", functionKind)}},
		"TinyGo's fmaximum":                 {false, []func(*simpleModule){name("fmaximum", functionKind)}},
		"TinyGo's free, which is called":    {true, []func(*simpleModule){name("free", functionKind), call(opCall, simpleTarget)}},
		"a global named malloc":             {false, []func(*simpleModule){numbers, name("malloc", globalKind)}},
		"the start":                         {true, []func(*simpleModule){section(startSection, simpleTarget)}},
		"a call":                            {true, []func(*simpleModule){call(opCall, simpleTarget)}},
		"a call of one that cannot run":     {false, []func(*simpleModule){func(p *simpleModule) { p.bodies[simpleLast-1] = body(opCall, simpleTarget) }}},
		"a call in place of a return":       {true, []func(*simpleModule){call(opReturnCall, simpleTarget)}},
		"a call after a reference":          {true, []func(*simpleModule){declared, call(opRefFunc, 2, opRefIsNull, 0x1a, opRefNull, typeFunction, 0x1a, opCall, simpleTarget)}},
		"a number like it":                  {false, []func(*simpleModule){call(opI32Const, simpleTarget, 0x1a)}},
		"a global's initial value":          {true, []func(*simpleModule){global(1, typeFunction, 0, opRefFunc, simpleTarget, opEnd)}},
		"the second global's initial value": {true, []func(*simpleModule){global(2, typeI64, 1, opI64Const, 0x80, 1, opEnd, typeFunction, 0, opRefFunc, simpleTarget, opEnd)}},
		"a global's number":                 {false, []func(*simpleModule){numbers}},
		"elements":                          {true, []func(*simpleModule){table, elements([]byte{1, 0}, zero, []byte{1, simpleTarget})}},
		"elements of a passive segment":     {true, []func(*simpleModule){table, elements([]byte{1, 1, 0, 1, simpleTarget})}},
		"elements of a table by its number": {true, []func(*simpleModule){table, elements([]byte{1, 2, 0}, zero, []byte{0, 1, simpleTarget})}},
		"declared elements":                 {true, []func(*simpleModule){table, elements([]byte{1, 3, 0, 1, simpleTarget})}},
		"elements as expressions":           {true, []func(*simpleModule){table, elements([]byte{1, 4}, zero, []byte{1, opRefFunc, simpleTarget, opEnd})}},
		"passive expressions":               {true, []func(*simpleModule){table, elements([]byte{1, 5, typeFunction, 1, opRefFunc, simpleTarget, opEnd})}},
		"expressions of a numbered table":   {true, []func(*simpleModule){table, elements([]byte{1, 6, 0}, zero, []byte{typeFunction, 1, opRefFunc, simpleTarget, opEnd})}},
		"declared expressions":              {true, []func(*simpleModule){table, elements([]byte{1, 7, typeFunction, 1, opRefFunc, simpleTarget, opEnd})}},
		"no element":                        {false, []func(*simpleModule){table, elements([]byte{1, 4}, zero, []byte{1, opRefNull, typeFunction, opEnd})}},
		"the second segment": {true, []func(*simpleModule){
			table, elements([]byte{2, 0}, zero, []byte{1, 2, 0}, zero, []byte{1, simpleTarget}),
		}},
		"code after bulk memory": {true, []func(*simpleModule){
			func(p *simpleModule) {
				p.sections[countSection], p.sections[dataSection] = []byte{1}, []byte{1, 1, 2, 'a', 'b'}
			},
			call(opI32Const, 0, opI32Const, 0, opI32Const, 0, opExtended, memoryInit, 0, 0, opExtended, dataDrop, 0, opCall, simpleTarget),
		}},
		"code after a typed select": {true, []func(*simpleModule){
			call(opI32Const, 1, opI32Const, 2, opI32Const, 3, opSelectTyped, 1, typeI32, 0xc0, 0x1a, opCall, simpleTarget),
		}},
		"code in a block with its type": {true, []func(*simpleModule){call(opBlock, 0, opCall, simpleTarget, opEnd)}},
		"code after a change of a table": {true, []func(*simpleModule){
			table, call(opI32Const, 0, opI32Const, 0, opTableGet, 0, opTableSet, 0, opCall, simpleTarget),
		}},
		"other kinds of import": {true, []func(*simpleModule){
			section(importSection, 4, 0, 0, tableKind, typeFunction, 1, 1, 9, 1, 'e', 1, 'f', functionKind, 0, 0, 0, memoryKind, 0, 1, 0, 0, globalKind, typeI32, 0),
			func(p *simpleModule) { delete(p.sections, memorySection) }, name("more", functionKind),
		}},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			p := newSimpleModule()
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
			want := p.bodies[simpleTarget-1]
			if !test.stays {
				want = removedBody
			}
			assert.Equal(t, want, c.bodies[simpleTarget-1])
			assert.Equal(t, p.bodies[:2], c.bodies[:2], "what runs is as it was")
			assert.Equal(t, removedBody, c.bodies[simpleLast-1])
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

func TestStripRemovesWhatOnlyCsExportsReach(t *testing.T) {
	p := newSimpleModule()
	p.exports = append(p.exports, export{"malloc", functionKind, simpleTarget}, export{"calloc", functionKind, simpleTarget},
		export{"realloc", functionKind, simpleTarget}, export{"arc4random", functionKind, simpleTarget}, export{"free", functionKind, simpleLast})
	p.bodies[simpleTarget-1] = body(opCall, simpleLast)
	stripped, err := strip(p.bytes())
	require.NoError(t, err)
	m := &module{sectionsOf(t, stripped)}
	exports, err := m.exports()
	require.NoError(t, err)
	assert.Equal(t, newSimpleModule().exports, exports)
	c, err := m.code()
	require.NoError(t, err)
	assert.Equal(t, [][]byte{removedBody, removedBody}, c.bodies[simpleTarget-1:])
}

func TestStripLeavesWhatItDoesNotKnow(t *testing.T) {
	tests := map[string]func(*simpleModule){
		"an instruction":   func(p *simpleModule) { p.bodies[0] = body(0xfd, 0) },
		"a section":        func(p *simpleModule) { p.sections[countSection+1] = []byte{0} },
		"a kind of import": func(p *simpleModule) { p.sections[importSection] = []byte{1, 1, 'e', 1, 'f', 4, 0, 0} },
		"a table with a first element": func(p *simpleModule) {
			p.sections[tableSection] = []byte{1, 0x40, 0, typeFunction, 0, 9, opRefFunc, 3, opEnd}
		},
		"a global of vectors":         func(p *simpleModule) { p.sections[globalSection] = []byte{1, 0x7b, 0, 0xfd, 12} },
		"a kind of elements":          func(p *simpleModule) { p.sections[elementSection] = []byte{1, 8} },
		"elements that are something": func(p *simpleModule) { p.sections[elementSection] = []byte{1, 1, 1, 1, 3} },
		"a reference to an allocator": func(p *simpleModule) {
			p.exports = append(p.exports, export{"malloc", functionKind, simpleTarget})
			p.bodies[0] = body(opRefFunc, simpleTarget, 0x1a)
		},
		"a local variable's type": func(p *simpleModule) { p.bodies[0] = []byte{1, 1, 0x63, 0, opEnd} },
	}
	for name, setup := range tests {
		t.Run(name, func(t *testing.T) {
			p := newSimpleModule()
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
	tests := map[string]func(*simpleModule){
		"a call of a function that is not there": func(p *simpleModule) { p.bodies[0] = body(opCall, 9) },
		"an export of one":                       func(p *simpleModule) { p.exports = append(p.exports, export{"more", functionKind, 9}) },
		"a body that ends early":                 func(p *simpleModule) { p.bodies[0] = []byte{0, opI32Const, 0x80} },
		"elements that end early":                func(p *simpleModule) { p.sections[elementSection] = []byte{2, 1, 0, 1, 3} },
		"globals after the last":                 func(p *simpleModule) { p.sections[globalSection] = []byte{0, 1} },
		"a value that does not end":              func(p *simpleModule) { p.sections[globalSection] = []byte{1, typeI32, 0, opI32Const, 1} },
		"imports that end early":                 func(p *simpleModule) { p.sections[importSection] = []byte{2, 1, 'e', 1, 'f', functionKind, 0} },
	}
	for name, setup := range tests {
		t.Run(name, func(t *testing.T) {
			p := newSimpleModule()
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
