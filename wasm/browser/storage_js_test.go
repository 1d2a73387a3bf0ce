//go:build js && wasm

package browser_test

import (
	"strings"
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/wasm/browser"
	"github.com/throughline/throughline/wasm/outbox"
)

// Run in a real browser: GOOS=js GOARCH=wasm go test -exec wasmbrowsertest ./wasm/browser

// guarded is what js/src/core/storage.ts makes of a Storage, which wants no bundler here.
func guarded(storage string) js.Value {
	return js.Global().Call("eval", `(storage => ({
		get: key => storage.getItem(key),
		set(key, text) { try { storage.setItem(key, text); return '' } catch (error) { return /quota/i.test(error.name) ? 'full' : 'blocked' } },
		remove: key => storage.removeItem(key),
		keys: prefix => Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter(key => key.startsWith(prefix)).join('\n'),
	}))(`+storage+`)`)
}

func TestTextsSurviveLocalStorage(t *testing.T) {
	s := browser.NewStorage(guarded("localStorage"))
	js.Global().Get("localStorage").Call("clear")
	for name, text := range map[string]string{
		"empty": "", "ascii": `{"a":1}`, "unicode": "Ünïcode 🍵 \u2028", "nul": "a\x00b", "long": strings.Repeat("x", 1_000_000),
	} {
		require.NoError(t, s.Set("t_"+name, text), name)
		got, ok := s.Get("t_" + name)
		assert.True(t, ok, name)
		assert.Equal(t, text, got, name)
	}
	assert.ElementsMatch(t, []string{"t_empty", "t_ascii", "t_unicode", "t_nul", "t_long"}, s.Keys("t_"))
	s.Remove("t_ascii")
	_, ok := s.Get("t_ascii")
	assert.False(t, ok)
	assert.Empty(t, s.Keys("nothing"))
}

func TestFullStorageSaysSo(t *testing.T) {
	s := browser.NewStorage(guarded("localStorage"))
	js.Global().Get("localStorage").Call("clear")
	assert.Equal(t, outbox.ErrFull, s.Set("big", strings.Repeat("x", 20<<20)))
	_, ok := s.Get("big")
	assert.False(t, ok)
}

func TestBlockedStorageSaysSo(t *testing.T) {
	s := browser.NewStorage(guarded("{ setItem() { throw new DOMException('no', 'SecurityError') } }"))
	assert.Equal(t, outbox.ErrBlocked, s.Set("key", "text"))
}
