//go:build js || tinygo

// Package browser implements the tracker's ports on a web page, by WebAssembly imports that js/src/core/imports.ts provides. It makes
// no decisions. Without syscall/js the program is a twelfth smaller, storage costs a quarter, and Go keeps no references to JavaScript
// objects. Read ports.go first; this file declares the imports.
package browser

import "unsafe"

//go:wasmimport throughline send
func hostSend(handle, request, mode uint32, url unsafe.Pointer, urlBytes uint32, body unsafe.Pointer, bodyBytes uint32) uint32

//go:wasmimport throughline wake
func hostWake(handle uint32, delayMS float64)

//go:wasmimport throughline lock
func hostLock(handle uint32, name unsafe.Pointer, bytes uint32)

//go:wasmimport throughline unlock
func hostUnlock(handle uint32)

//go:wasmimport throughline mirrorKeep
func hostMirrorKeep(key unsafe.Pointer, keyBytes uint32, text unsafe.Pointer, bytes uint32)

//go:wasmimport throughline mirrorDrop
func hostMirrorDrop(keys unsafe.Pointer, bytes uint32)

//go:wasmimport throughline mirrorRecall
func hostMirrorRecall(handle uint32, prefix unsafe.Pointer, bytes uint32)

//go:wasmimport throughline warn
func hostWarn(handle uint32, warning unsafe.Pointer, bytes uint32)

//go:wasmimport throughline flushed
func hostFlushed(ticket, done uint32)

//go:wasmimport throughline died
func hostDied(reason unsafe.Pointer, bytes uint32)

//go:wasmimport throughline random
func hostRandom(at unsafe.Pointer, bytes uint32)

//go:wasmimport throughline get
func hostGet(key unsafe.Pointer, bytes uint32) int32

//go:wasmimport throughline keys
func hostKeys(prefix unsafe.Pointer, bytes uint32) int32

//go:wasmimport throughline take
func hostTake(at unsafe.Pointer)

//go:wasmimport throughline set
func hostSet(key unsafe.Pointer, keyBytes uint32, text unsafe.Pointer, bytes uint32) uint32

//go:wasmimport throughline remove
func hostRemove(key unsafe.Pointer, bytes uint32)

//go:wasmimport throughline cookie
func hostCookie(name unsafe.Pointer, bytes uint32) int32

//go:wasmimport throughline setCookie
func hostSetCookie(cookie unsafe.Pointer, bytes uint32) uint32

// pointer returns the address and the length in bytes of a text, as imports take it.
func pointer(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}
