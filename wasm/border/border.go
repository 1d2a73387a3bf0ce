//go:build js || tinygo

// Package border carries texts between JavaScript and Go; js/src/core/memory.ts is its other side. A text comes in through a buffer of
// ours that JavaScript fills, and goes out as a place and a length. Everything else that crosses is a number.
package border

import "unsafe"

// keepBytes is the largest buffer that outlives its call: one huge property must not cost memory for ever.
const maxKeptBytes = 64 << 10

var (
	inputBuffer  []byte
	answerBuffer []byte
)

// buffer returns where JavaScript may put texts of up to n bytes: one for each of the exports called after it where n is at most
// keepBytes, else for the next export alone. Asking once and not for every call halves what crossing the border costs.
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

// Text takes the first n bytes of the buffer.
func Text(n uint32) string {
	s := string(inputBuffer[:n])
	if cap(inputBuffer) > maxKeptBytes {
		inputBuffer = nil
	}
	return s
}

// result returns where the answer of the last call is.
//
//go:wasmexport result
func result() uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(answerBuffer))))
}

// Reply keeps an answer for JavaScript to read before its next call, and returns its length in bytes.
func Reply(s string) uint32 {
	answerBuffer = append(answerBuffer[:0], s...)
	return uint32(len(answerBuffer))
}
