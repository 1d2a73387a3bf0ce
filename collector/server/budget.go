package server

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// mostInFlight is how many bytes the bodies of all requests may take together: with more, the system would end the program.
const mostInFlight = 512 << 20

// perByte is what a byte of a body takes: in the buffer while it grows, and decoded.
const perByte = 3

var errBusy = errors.New("too much is under way")

// budget is memory that requests share.
type budget struct{ left atomic.Int64 }

func newBudget(bytes int64) *budget {
	b := &budget{}
	b.left.Store(bytes)
	return b
}

// share is one request's part.
type share struct {
	budget *budget
	taken  int64
}

func (s *share) take(bytes int64) bool {
	s.taken += bytes
	return s.budget.left.Add(-bytes) >= 0
}

func (s *share) giveBack() { s.budget.left.Add(s.taken) }

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// read reads all there is, and takes memory only as it comes: a client that announces much and sends little costs little.
func (s *share) read(r io.Reader) (string, error) {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	var text strings.Builder
	for {
		n, err := r.Read(buffer[:])
		if n > 0 && !s.take(int64(n)*perByte) {
			return "", errBusy
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
