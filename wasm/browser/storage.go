//go:build js || tinygo

package browser

import (
	"syscall/js"

	"github.com/throughline/throughline/wasm/outbox"
)

// Storage is the page's localStorage through syscall/js. Its four functions are bound once: looking one up costs more than calling it.
type Storage struct {
	get, set, remove, keys js.Value
}

// NewStorage binds the functions of a guarded localStorage: js/src/core/storage.ts. They answer where localStorage would throw,
// because an exception that crosses Go ends the program.
func NewStorage(guarded js.Value) *Storage {
	return &Storage{get: guarded.Get("get"), set: guarded.Get("set"), remove: guarded.Get("remove"), keys: guarded.Get("keys")}
}

// Get returns the text under key, and whether there is one.
func (s *Storage) Get(key string) (string, bool) {
	v := s.get.Invoke(key)
	if v.IsNull() {
		return "", false
	}
	return v.String(), true
}

// Set stores a text. It fails with outbox.ErrFull when the browser's quota is used up, with outbox.ErrBlocked when the visitor or
// the browser does not allow storage.
func (s *Storage) Set(key, text string) error {
	switch s.set.Invoke(key, text).String() {
	case "":
		return nil
	case "full":
		return outbox.ErrFull
	}
	return outbox.ErrBlocked
}

// Remove forgets the text under key.
func (s *Storage) Remove(key string) { s.remove.Invoke(key) }

// Keys returns all keys that begin with prefix, in no order.
func (s *Storage) Keys(prefix string) []string {
	return lines(s.keys.Invoke(prefix).String())
}

func lines(text string) []string {
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
