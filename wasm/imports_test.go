package main_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allowed is every package that may be compiled into throughline.wasm, but for what Go keeps internal. Each import costs every visitor
// kilobytes: fmt 128, encoding/json 204, time 40 (docs/figures.md, Weight). Adding one is a decision, taken here.
var allowed = []string{
	"cmp",
	"github.com/agnivade/levenshtein",
	"github.com/throughline/throughline/identity",
	"github.com/throughline/throughline/identity/jsontext",
	"github.com/throughline/throughline/wasm",
	"github.com/throughline/throughline/wasm/border",
	"github.com/throughline/throughline/wasm/browser",
	"github.com/throughline/throughline/wasm/outbox",
	"github.com/throughline/throughline/wasm/page",
	"github.com/throughline/throughline/wasm/tracker",
	"iter",
	"math/bits",
	"runtime",
	"slices",
	"sync",
	"sync/atomic",
	"unicode/utf8",
	"unsafe",
}

func TestOnlyWhatAPageCanAffordIsCompiledIn(t *testing.T) {
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(list.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	require.Contains(t, packages, "github.com/throughline/throughline/wasm")
	for _, name := range packages {
		if name != "internal" && !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "runtime/internal/") {
			assert.Contains(t, allowed, name)
		}
	}
}
