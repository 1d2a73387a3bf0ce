package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChange(t *testing.T) {
	tests := map[string]struct {
		source    string
		functions map[string]string
		want      string
	}{
		"a body": {
			"package p\n\nfunc f(i int) bool {\n\treturn i > 1\n}\n\nfunc g() {}\n",
			map[string]string{"f": "return false"},
			"package p\n\nfunc f(i int) bool { return false }\n\nfunc g() {}\n",
		},
		"methods, of a value and of a pointer": {
			"package p\n\nfunc (t T) f() { g() }\n\nfunc (t *U) f() { g() }\n\nfunc f() { g() }\n",
			map[string]string{"T.f": "", "U.f": "h()"},
			"package p\n\nfunc (t T) f() {  }\n\nfunc (t *U) f() { h() }\n\nfunc f() { g() }\n",
		},
		"switches are read as constants, not where they are set": {
			"package p\n\nfunc f() {\n\tif debug.gctrace > 0 && p.debug.gctrace > 0 {\n\t\tdebug.gctrace = 1\n\t\tg(&debug.sbrk, debug.invalidptr)\n\t}\n}\n",
			nil,
			"package p\n\nfunc f() {\n\tif 0 > 0 && p.debug.gctrace > 0 {\n\t\tdebug.gctrace = 1\n\t\tg(&debug.sbrk, debug.invalidptr)\n\t}\n}\n",
		},
		"an import that nothing uses any more": {
			"package p\n\nimport (\n\t\"a/b\"\n\t\"c\"\n)\n\nfunc f() { b.G() }\n\nfunc g() { c.G() }\n",
			map[string]string{"f": ""},
			"package p\n\nimport (\n\t_ \"a/b\"\n\t\"c\"\n)\n\nfunc f() {  }\n\nfunc g() { c.G() }\n",
		},
		"details of faults, in the runtime only": {
			"package p\n\nfunc f(i int) {\n\tprintln(\"i is\", i)\n}\n",
			nil,
			"package p\n\nfunc f(i int) {\n\tprintln(\"i is\", i)\n}\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed, err := rewriteFile("p.go", []byte(test.source), test.functions)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(changed))
		})
	}
}

func TestDetailsOfFaultsAreNotPrinted(t *testing.T) {
	source := "package runtime\n\nfunc f(i int, p *int) {\n\tprintlock()\n\tprintln(\"i is\", i, \"at\", hex(*p))\n\tprint(\"only text\")\n\tprintunlock()\n" +
		"\tthrow(\"wrong\")\n}\n\nfunc newstack() { print(\"too deep\") }\n"
	changed, err := rewriteFile("runtime/mheap.go", []byte(source), nil)
	require.NoError(t, err)
	assert.Equal(t, "package runtime\n\nfunc f(i int, p *int) {\n\t\n\t_, _ = i, hex(*p)\n\t\n\t\n\tthrow(\"mheap.go:8\")\n}\n\nfunc newstack() { print(\"too deep\") }\n",
		string(changed))
	changed, err = rewriteFile("runtime/panic.go", []byte(source), nil)
	require.NoError(t, err)
	assert.Equal(t, source, string(changed), "what prints panics")
}

func TestAtomicOperationsMayBeInlined(t *testing.T) {
	source := "package atomic\n\n//go:nosplit\n//go:noinline\nfunc Load(p *uint32) uint32 {\n\treturn *p\n}\n\n//go:noinline\nfunc Casp1() {}\n"
	changed, err := rewriteFile(atomicFile, []byte(source), nil)
	require.NoError(t, err)
	assert.Equal(t, "package atomic\n\n//go:nosplit\n\nfunc Load(p *uint32) uint32 {\n\treturn *p\n}\n\n//go:noinline\nfunc Casp1() {}\n", string(changed))
}

func TestChangeRefusesWhatItDoesNotFindOnce(t *testing.T) {
	tests := map[string]struct{ source, want string }{
		"none":         {"package p\n", "0 functions f"},
		"without body": {"package p\n\nfunc f()\n", "0 functions f"},
		"a method":     {"package p\n\nfunc (t T) f() {}\n", "0 functions f"},
		"two":          {"package p\n\nfunc f() {}\n\nfunc f() {}\n", "2 functions f"},
		"no Go":        {"func {", "parse"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := rewriteFile("p.go", []byte(test.source), map[string]string{"f": ""})
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestAnotherReleaseIsLeftAlone(t *testing.T) {
	out := t.TempDir()
	path, err := run("go1.99", filepath.Join(runtime.GOROOT(), "src"), out)
	assert.Empty(t, path)
	assert.ErrorContains(t, err, "go1.99")
	written, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Empty(t, written)
}

func TestEveryChangeHasAReasonAndAPlace(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range replacements {
		assert.NotEmpty(t, e.reason, e.function)
		key := e.file + " " + e.function
		assert.False(t, seen[key], "twice: %s", key)
		seen[key] = true
	}
	if runtime.Version() != supportedGo {
		t.Skip("the changes were checked with", supportedGo)
	}
	path, err := run(supportedGo, filepath.Join(runtime.GOROOT(), "src"), t.TempDir())
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(text, &overlay))
	for original, replacement := range overlay.Replace {
		assert.True(t, strings.HasPrefix(original, runtime.GOROOT()))
		before, err := os.ReadFile(original)
		require.NoError(t, err)
		after, err := os.ReadFile(replacement)
		require.NoError(t, err)
		assert.NotEqual(t, string(before), string(after), "%s: nothing to change", original)
	}
}
