//go:build tinygo && gc.none

package heap

import "unsafe"

// globalsStart is where the linker has begun to put global variables: before it there is only the stack.
//
//go:extern __global_base
var globalsStart [0]byte

// globalsEnd is behind the last of them.
//
//go:extern __heap_base
var globalsEnd [0]byte

func globals() (from, to uint32) {
	return addressOf(unsafe.Pointer(&globalsStart)), addressOf(unsafe.Pointer(&globalsEnd))
}

func pointer(address uint32) unsafe.Pointer { return unsafe.Pointer(uintptr(address)) }

func addressOf(p unsafe.Pointer) uint32 { return uint32(uintptr(p)) }

//export llvm.wasm.memory.size.i32
func memorySize(memory int32) int32

//export llvm.wasm.memory.grow.i32
func memoryGrow(memory, pages int32) int32

func pageCount() uint32 { return uint32(memorySize(0)) }

func addPages(n uint32) bool { return memoryGrow(0, int32(n)) != -1 }

// alloc is what TinyGo's compiler calls for a new object. Without a collector (-gc=none) its runtime only declares it.
//
//go:linkname alloc runtime.alloc
func alloc(size uintptr, _ unsafe.Pointer) unsafe.Pointer { return pointer(Allocate(uint32(size))) }
