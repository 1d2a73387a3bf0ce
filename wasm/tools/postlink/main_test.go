package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSignedNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 8191, 8192, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64} {
		written := appendSigned(nil, v)
		read, n := readSigned(append(written, 0xff))
		assert.Equal(t, v, read)
		assert.Equal(t, len(written), n)
	}
	_, n := readSigned([]byte{0x80, 0x80})
	assert.Zero(t, n, "it has no end")
}

// Whatever the segments, memory is the same after merging, and nothing but small gaps is added.
func TestMergedSegmentsAreTheSameMemory(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 500 {
		var segments []segment
		for at, i := random.Intn(5000), 0; i < 1+random.Intn(20); i++ {
			s := segment{at, make([]byte, random.Intn(300))}
			random.Read(s.bytes)
			segments = append(segments, s)
			at += len(s.bytes) + random.Intn(2*maxMergedGap)
		}
		merged := mergeSegments(segments)
		before, base := memoryImage(segments)
		after, sameBase := memoryImage(merged)
		require.Equal(t, before, after)
		require.Equal(t, base, sameBase)
		for i := 1; i < len(merged); i++ {
			require.GreaterOrEqual(t, merged[i].at-merged[i-1].at-len(merged[i-1].bytes), maxMergedGap)
		}
		read, err := parseDataSection(appendDataSection(nil, merged))
		require.NoError(t, err)
		require.Equal(t, merged, read)
	}
}

func TestRefuses(t *testing.T) {
	head := string(header)
	tests := map[string]string{
		"nothing":                  "",
		"another format":           "\x7fELF\x02\x01\x01\x00",
		"no data":                  head,
		"a section without an end": head + "\x01\xff",
		"a size without an end":    head + "\x01\x80",
		"a passive segment":        head + "\x0b\x03\x01\x01\x00",
		"a segment without an end": head + "\x0b\x06\x01\x00\x41\x00\x0b\x09",
	}
	for name, program := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := shrink([]byte(program), supportedGo)
			require.Error(t, err)
			assert.NotErrorAs(t, err, new(unknownLayout), "it is no Go program at all")
		})
	}
}

func TestAnotherReleaseKeepsItsTables(t *testing.T) {
	program := append(append([]byte{}, header...), dataSection, 9, 1, 0, opI32Const, 8, opEnd, 3, 'a', 'b', 'c')
	smaller, err := shrink(program, "go1.99")
	assert.ErrorContains(t, err, "go1.99")
	assert.ErrorAs(t, err, new(unknownLayout))
	assert.Equal(t, program, smaller)
}

// A real program is smaller, still unwinds its stacks, recovers its panics and collects its garbage.
func TestShrunkProgramRuns(t *testing.T) {
	if runtime.Version() != supportedGo {
		t.Skip("the layout is known of", supportedGo)
	}
	linked := link(t)
	smaller, err := shrink(linked, supportedGo)
	require.NoError(t, err)
	assert.Less(t, compressed(t, smaller), compressed(t, linked)*9/10)
	before, after := tables(t, linked), tables(t, smaller)
	require.Equal(t, len(before.funcs), len(after.funcs))
	assert.NotEqual(t, make([]byte, len(before.buckets)), before.buckets)
	assert.Equal(t, make([]byte, len(after.buckets)), after.buckets, "where to begin the search for a function")
	for i, f := range before.funcs {
		g := after.funcs[i]
		require.Equal(t, pcTable(before, f.word(offPCSP)), pcTable(after, g.word(offPCSP)), "how large its frame is")
		require.Equal(t, f.head[offNFuncData], g.head[offNFuncData])
		const stackMap = 1
		if len(f.pcdata) > 4*stackMap {
			require.Equal(t, pcTable(before, uint32At(f.pcdata, 4*stackMap)), pcTable(after, uint32At(g.pcdata, 4*stackMap)), "which stack map holds")
		}
	}
	assert.Equal(t, "right: runtime error: index out of range [5] with length 1\n", runProgram(t, smaller))
}

// runProgram runs a program of standard Go and returns what it prints.
func runProgram(t *testing.T, program []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.wasm")
	require.NoError(t, os.WriteFile(path, program, 0o600))
	out, err := exec.Command("node", filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec_node.js"), path).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func compressed(t *testing.T, program []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(program)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Len()
}

func link(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "linked.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./testdata/program")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	program, err := os.ReadFile(path)
	require.NoError(t, err)
	return program
}

func tables(t *testing.T, program []byte) *pclntab {
	t.Helper()
	m, err := parseModule(program)
	require.NoError(t, err)
	segments, err := parseDataSection(m.body(dataSection))
	require.NoError(t, err)
	table, err := findPCLNTab(memoryImage(segments))
	require.NoError(t, err)
	return table
}

// pcTable returns the bytes of the table of values at offset.
func pcTable(t *pclntab, offset int) []byte {
	if offset == 0 {
		return nil
	}
	keep := make([]bool, len(t.pcs))
	markPCTable(keep, t.pcs, offset)
	end := offset
	for end < len(keep) && keep[end] {
		end++
	}
	return t.pcs[offset:end]
}

func TestTablesOutOfPlaceAreLeftAlone(t *testing.T) {
	if runtime.Version() != supportedGo {
		t.Skip("the layout is known of", supportedGo)
	}
	m, err := parseModule(link(t))
	require.NoError(t, err)
	segments, err := parseDataSection(m.body(dataSection))
	require.NoError(t, err)
	image, base := memoryImage(segments)
	table, err := findPCLNTab(image, base)
	require.NoError(t, err)
	spoils := map[string]func(){
		"a name that is not there":   func() { binary.LittleEndian.PutUint32(table.funcs[3].head[offName:], 1<<30) },
		"tables beyond the end":      func() { binary.LittleEndian.PutUint32(table.funcs[4].head[offNPCData:], 1<<28) },
		"two tables":                 func() { copy(table.names[10:], pclntabMagic) },
		"a table without a function": func() { clear(image[bytes.Index(image, pclntabMagic)+8:][:8]) },
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			sound := bytes.Clone(image)
			spoil()
			copyFromImage(segments, image, base)
			before, _ := memoryImage(segments)
			assert.ErrorAs(t, emptyTracebackTables(segments), new(unknownLayout))
			after, _ := memoryImage(segments)
			assert.True(t, bytes.Equal(before, after), "nothing was touched")
			copy(image, sound)
		})
	}
}
