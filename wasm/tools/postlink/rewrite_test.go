package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notStarted returns a linked program as a snapshot in which nothing has run yet.
func notStarted(t *testing.T) (*module, *snapshot) {
	t.Helper()
	small, err := shrink(link(t), supportedGo)
	require.NoError(t, err)
	m, err := parseModule(small)
	require.NoError(t, err)
	c, err := m.code()
	require.NoError(t, err)
	segments, err := parseDataSection(m.body(dataSection))
	require.NoError(t, err)
	image, base := memoryImage(segments)
	memory := append(make([]byte, base), image...)
	memory = append(memory, make([]byte, wordBytes-len(memory)%wordBytes)...)
	table, err := findPCLNTab(memory, 0)
	require.NoError(t, err)
	registers, exports, err := m.globalsAndExports()
	require.NoError(t, err)
	return m, &snapshot{code: c, memory: memory, registers: registers, exports: exports, table: table}
}

// A real program all of whose functions are rewritten still unwinds its stacks, recovers its panics and collects its garbage.
func TestRewrittenProgramRuns(t *testing.T) {
	if runtime.Version() != supportedGo {
		t.Skip("the layout is known of", supportedGo)
	}
	m, s := notStarted(t)
	found, err := s.reachable()
	require.NoError(t, err)
	before := len(m.body(codeSection))
	bodies, err := s.rewrite(s.code.bodies, found)
	require.NoError(t, err)
	m.setBodies(bodies)
	m.setBody(dataSection, appendDataSection(nil, nonZeroSegments(s.memory)))
	assert.Less(t, len(m.body(codeSection)), before*3/4)
	path := filepath.Join(t.TempDir(), "program.wasm")
	require.NoError(t, os.WriteFile(path, m.bytes(), 0o600))
	out, err := exec.Command("node", filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec_node.js"), path).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "right: runtime error: index out of range [5] with length 1\n", string(out))
}

// At each return address the runtime reads the same size of the frame and the same pointers as before.
func TestReturnAddressesKeepTheirTables(t *testing.T) {
	if runtime.Version() != supportedGo {
		t.Skip("the layout is known of", supportedGo)
	}
	_, s := notStarted(t)
	found, err := s.reachable()
	require.NoError(t, err)
	type tablesOf struct{ sp, stackMap placeTable }
	read := func() map[int]tablesOf {
		all := map[int]tablesOf{}
		for i, f := range s.table.funcs {
			all[s.functionOfPlace(uint32At(s.table.index, i*entryBytes))] = tablesOf{
				parsePCTable(s.table.pcs, f.word(offPCSP)), parsePCTable(s.table.pcs, f.stackMap()),
			}
		}
		return all
	}
	before := read()
	places, faults := map[int][]int{}, map[int][]bool{}
	fault := -1
	for i, f := range s.table.funcs {
		if string(s.table.nameOf(f)) == sigpanic {
			fault = s.code.imported + s.functionOfPlace(uint32At(s.table.index, i*entryBytes))
		}
	}
	require.Positive(t, fault)
	for i, text := range s.code.bodies {
		b, err := parseBody(text)
		require.NoError(t, err)
		for j := range b.instructions {
			w := &rewriter{snapshot: s}
			if place := w.pushedPlace(b.instructions[j:], i); place >= 0 {
				const call = 9
				places[i] = append(places[i], place)
				faults[i] = append(faults[i], b.instructions[j+call].op == opCall && int(b.instructions[j+call].unsigned()) == fault)
			}
		}
	}
	bodies, err := s.rewrite(s.code.bodies, found)
	require.NoError(t, err)
	after := read()
	compared, moved := 0, 0
	for i, text := range bodies {
		b, err := parseBody(text)
		require.NoError(t, err)
		var now []int
		for j := 2; j < len(b.instructions); j++ {
			if in := b.instructions[j-2:]; in[0].is(opLocalGet, localBase) && in[1].op == opI32Const && in[2].op == opI32Add {
				now = append(now, int(in[1].signed()))
			}
		}
		if len(now) != len(places[i]) { // It is in another form, or calls functions that are.
			continue
		}
		for j, place := range now {
			old := places[i][j]
			compared++
			if place != old {
				moved++
			}
			require.Equal(t, before[i].sp.at(old), after[i].sp.at(place), "function %d, place %d, now %d", i, old, place)
			if old > 0 && !faults[i][j] {
				require.Equal(t, before[i].stackMap.at(old-1), after[i].stackMap.at(place-1), "function %d, place %d, now %d", i, old, place)
			}
		}
	}
	assert.Greater(t, compared, 5000)
	assert.Greater(t, moved, 2500)
}
