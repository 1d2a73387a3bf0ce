//go:build !(tinygo && gc.none)

package heap

import "unsafe"

// simulated is what tests have in the place of WebAssembly's memory.
var simulated struct {
	bytes      [96 << 20]byte
	pages      uint32
	globalsEnd uint32 // They begin at 64.
}

func globals() (from, to uint32) { return 64, simulated.globalsEnd }

func pointer(address uint32) unsafe.Pointer { return unsafe.Pointer(&simulated.bytes[address]) }

func pageCount() uint32 { return simulated.pages }

func addPages(n uint32) bool {
	isEnough := (simulated.pages+n)*pageBytes < uint32(len(simulated.bytes))
	if isEnough {
		simulated.pages += n
	}
	return isEnough
}
