package server

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// maxBodyMemory is how many bytes the bodies of all concurrent requests may take together. With more, the operating system might kill the
// process for lack of memory.
const maxBodyMemory = 512 << 20

// memoryPerByte is how much memory one byte of a body takes: it is in the buffer while that grows, and once more decoded.
const memoryPerByte = 3

var errOverBudget = errors.New("too much is under way")

// memoryBudget is the memory that all requests share.
type memoryBudget struct{ available atomic.Int64 }

func newMemoryBudget(bytes int64) *memoryBudget {
	b := &memoryBudget{}
	b.available.Store(bytes)
	return b
}

// reservation is the part of the budget that one request has taken.
type reservation struct {
	budget   *memoryBudget
	reserved int64
}

func (s *reservation) reserve(bytes int64) bool {
	s.reserved += bytes
	return s.budget.available.Add(-bytes) >= 0
}

func (s *reservation) release() { s.budget.available.Add(s.reserved) }

var readBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// readAll reads to the end of r. It reserves memory only for bytes that have arrived, so that a client that announces a long body and sends
// little of it costs little.
func (s *reservation) readAll(r io.Reader) (string, error) {
	buffer := readBuffers.Get().(*[32 << 10]byte)
	defer readBuffers.Put(buffer)
	var text strings.Builder
	for {
		n, err := r.Read(buffer[:])
		if n > 0 && !s.reserve(int64(n)*memoryPerByte) {
			return "", errOverBudget
		}
		text.Write(buffer[:n])
		switch {
		case err == io.EOF:
			return text.String(), nil
		case err != nil:
			return "", err
		}
	}
}
