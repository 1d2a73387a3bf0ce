// Package testlog has the buffer into which tests let a collector write its log. It is for tests only.
package testlog

import (
	"strings"
	"sync"
)

// Buffer collects a log. It is safe for concurrent use, because tests read the log while the collector writes it.
type Buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer. It never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what has been logged so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
