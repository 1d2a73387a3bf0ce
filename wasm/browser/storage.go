//go:build js || tinygo

package browser

import (
	"unsafe"

	"github.com/throughline/throughline/wasm/outbox"
)

// Storage is the page's localStorage. The imports return a status where localStorage would throw, because a JavaScript exception that
// passes through Go's frames ends the program.
type Storage struct{}

// Results of hostSet, and of hostGet if there is no text under the key.
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

// Set stores a text. It returns outbox.Full if the browser's quota is used up, and outbox.Blocked if the visitor's settings or
// the browser do not allow storage.
func (Storage) Set(key, text string) outbox.StorageStatus {
	k, keyBytes := pointer(key)
	t, bytes := pointer(text)
	switch hostSet(k, keyBytes, t, bytes) {
	case stored:
		return outbox.OK
	case full:
		return outbox.Full
	}
	return outbox.Blocked
}

// Remove deletes the text under key.
func (Storage) Remove(key string) {
	text, bytes := pointer(key)
	hostRemove(text, bytes)
}

// Keys returns all keys that begin with prefix, in any order.
func (Storage) Keys(prefix string) []string {
	text, bytes := pointer(prefix)
	return splitLines(takeText(hostKeys(text, bytes)))
}

// takeText fetches the text of n bytes that the last import has ready. It takes two calls, because only Go can allocate memory for it,
// and it must know the length first.
func takeText(n int32) string {
	if n <= 0 {
		return ""
	}
	b := make([]byte, n)
	hostTake(unsafe.Pointer(unsafe.SliceData(b)))
	return unsafe.String(unsafe.SliceData(b), n) // b is not written to after this.
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
