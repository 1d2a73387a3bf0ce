//go:build js || tinygo

package browser

import (
	"unsafe"

	"github.com/throughline/throughline/wasm/outbox"
)

// Storage is the page's localStorage, through the imports that js/src/core/imports.ts serves. They answer where localStorage would
// throw, because an exception that crosses Go ends the program.
type Storage struct{}

// Answers of hostSet, and of hostGet where there is nothing.
const (
	stored = 0
	full   = 1
	absent = -1
)

// Get returns the text under key, and whether there is one.
func (Storage) Get(key string) (string, bool) {
	text, bytes := pointer(key)
	n := hostGet(text, bytes)
	if n == absent {
		return "", false
	}
	return takeText(n), true
}

// Set stores a text. It fails with outbox.ErrFull when the browser's quota is used up, with outbox.ErrBlocked when the visitor or
// the browser does not allow storage.
func (Storage) Set(key, text string) error {
	k, keyBytes := pointer(key)
	t, bytes := pointer(text)
	switch hostSet(k, keyBytes, t, bytes) {
	case stored:
		return nil
	case full:
		return outbox.ErrFull
	}
	return outbox.ErrBlocked
}

// Remove forgets the text under key.
func (Storage) Remove(key string) {
	text, bytes := pointer(key)
	hostRemove(text, bytes)
}

// Keys returns all keys that begin with prefix, in no order.
func (Storage) Keys(prefix string) []string {
	text, bytes := pointer(prefix)
	return splitLines(takeText(hostKeys(text, bytes)))
}

// taken fetches the n bytes that an import has ready: only Go can make room for them, and only once it knows how many they are.
func takeText(n int32) string {
	if n <= 0 {
		return ""
	}
	b := make([]byte, n)
	hostTake(unsafe.Pointer(unsafe.SliceData(b)))
	return unsafe.String(unsafe.SliceData(b), n) // Nothing writes to b any more.
}

func splitLines(text string) []string {
	var all []string
	start := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == '\n' {
			if i > start {
				all = append(all, text[start:i])
			}
			start = i + 1
		}
	}
	return all
}
