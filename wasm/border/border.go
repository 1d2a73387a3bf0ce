//go:build js || tinygo

// Package border passes texts between JavaScript and Go; js/src/core/memory.ts is its other side. Numbers are passed as arguments of
// exports and imports. A text for Go is written by JavaScript into a buffer of this package, and a text for JavaScript is passed as its
// address and length. It knows nothing of what the texts mean.
package border

import "unsafe"

// maxKeptBytes is the largest buffer that is kept after a call, so that one huge property does not cost memory for as long as the page
// lives.
const maxKeptBytes = 64 << 10

var (
	inputBuffer  []byte
	answerBuffer []byte
)

// buffer returns the address to which JavaScript may write a text of up to n bytes for the next export. If n is at most maxKeptBytes,
// the address stays valid for all later exports too: asking once instead of at every call halves the cost of calling an export.
//
//go:wasmexport buffer
func buffer(n uint32) uint32 {
	if n == 0 {
		n = 1
	}
	if uint32(cap(inputBuffer)) < n {
		inputBuffer = make([]byte, n)
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(inputBuffer))))
}

// Text returns the first n bytes of the buffer as a text.
func Text(n uint32) string {
	s := string(inputBuffer[:n])
	if cap(inputBuffer) > maxKeptBytes {
		inputBuffer = nil
	}
	return s
}

// result returns the address of the answer of the last call.
//
//go:wasmexport result
func result() uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(answerBuffer))))
}

// Reply keeps an answer for JavaScript, which reads it before its next call, and returns its length in bytes.
func Reply(s string) uint32 {
	answerBuffer = append(answerBuffer[:0], s...)
	return uint32(len(answerBuffer))
}
