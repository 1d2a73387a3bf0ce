// Package heap is the memory of the program that TinyGo compiles: it gives out objects, and finds those that nothing refers to any more.
//
// TinyGo has collectors of its own. They may run at every allocation, and nothing can look into the locals of WebAssembly's functions, so that every
// function writes down all its pointers: a quarter of the program. This one runs only between two calls from the page, when no function of the program
// does (Collect). Then global variables and what they lead to are all that there is.
//
// Memory is divided into blocks of 16 bytes. Objects and the free ranges between them have one block or more. Two bits say of each block what begins with
// it; they are behind the last block. Every word that is the address of a byte of an object is taken for a pointer to it. A number may look like one: then
// an object stays that nothing refers to.
package heap

import "unsafe"

const (
	blockBytes    = 16
	blocksPerByte = 4    // Of what says what begins with them.
	blocksPerWord = 16   // The same of four bytes.
	blocksPerPage = 4000 // At least, with what is noted of them.
	pageBytes     = 1 << 16
	maxPages      = 1 << 15 // Two gigabytes, half of what addresses can have.

	// minGrowth is by how many pages memory grows at least.
	minGrowth = 8
)

// What begins with a block.
const (
	nothing = iota // It continues what begins before it.
	free
	object
	reached // An object that a pointer leads to. Between two collections there are none.
)

var (
	first uint32 // The address of the first block.
	count uint32 // How many blocks there are.
	taken uint32 // How many of them were given out since the last collection.

	// The free range of which objects are given out. What it begins with is not noted while it shrinks.
	rangeStart, rangeEnd uint32

	pending     [256]uint32 // Reached objects into which nobody has looked yet.
	pendings    uint32
	hasOverflow bool // There were more of them.
)

// Allocate returns the address of a new object of so many bytes, which are zero.
func Allocate(size uint32) uint32 {
	need := max((size+blockBytes-1)/blockBytes, 1)
	for rangeEnd-rangeStart < need {
		nextRange(need)
	}
	note(rangeStart, object)
	address := first + rangeStart*blockBytes
	rangeStart += need
	taken += need
	clear(bytes(address, need*blockBytes))
	return address
}

// nextRange leaves the free range for the one after it, or for new memory.
func nextRange(need uint32) {
	leaveRange()
	rangeStart = begin(rangeEnd)
	for rangeStart < count && kind(rangeStart) != free {
		rangeStart = begin(rangeStart + 1)
	}
	if rangeStart < count {
		rangeEnd = begin(rangeStart + 1)
		return
	}
	grow(need)
	rangeEnd = count
}

func leaveRange() {
	if rangeStart < rangeEnd {
		note(rangeStart, free)
	}
}

// grow enlarges memory by a quarter, or by what is needed.
func grow(need uint32) {
	if first == 0 {
		_, end := globals()
		first = (end + blockBytes - 1) &^ (blockBytes - 1)
	}
	oldCount, oldKinds := count, kinds()
	pages := max(minGrowth, pageCount()/4, need/blocksPerPage+2)
	if pages > maxPages-pageCount() || !addPages(pages) {
		panic("out of memory")
	}
	count = (pageCount()*pageBytes - first) / (blocksPerWord*blockBytes + blocksPerWord/blocksPerByte) * blocksPerWord
	known := oldCount / blocksPerByte
	copy(bytes(kinds(), known), bytes(oldKinds, known))
	clear(bytes(kinds()+known, count/blocksPerByte-known))
}

// Collect frees the objects to which nothing refers any more, if half of memory was given out since it last did. No function may be running that has the
// only pointer to an object.
func Collect() {
	if taken < count/2 {
		return
	}
	leaveRange()
	reach(globals())
	for hasOverflow {
		hasOverflow = false
		for block := uint32(0); block < count; block = begin(block + 1) {
			if kind(block) == reached {
				reach(span(block))
			}
		}
	}
	sweep()
	taken, rangeStart, rangeEnd = 0, 0, 0
}

// reach takes every word of a range of memory for a pointer, and then every word of the objects to which these point.
func reach(from, to uint32) {
	for {
		scan(from, to)
		if pendings == 0 {
			return
		}
		pendings--
		from, to = span(pending[pendings])
	}
}

func scan(from, to uint32) {
	for ; from < to; from += 4 {
		block := (*word(from) - first) / blockBytes
		if block >= count { // Also what is less than first.
			continue
		}
		for kind(block) == nothing {
			block--
		}
		if kind(block) != object {
			continue
		}
		note(block, reached)
		if pendings == uint32(len(pending)) {
			hasOverflow = true // It is reached, and looked into later.
			continue
		}
		pending[pendings] = block
		pendings++
	}
}

// sweep makes one free range of the objects that were not reached and the free ranges beside them.
func sweep() {
	isFree := false
	for block := uint32(0); block < count; block = begin(block + 1) {
		switch {
		case kind(block) == reached:
			note(block, object)
			isFree = false
		case isFree:
			note(block, nothing)
		default:
			note(block, free)
			isFree = true
		}
	}
}

// span returns the addresses of the beginning and the end of what begins with a block.
func span(block uint32) (from, to uint32) {
	return first + block*blockBytes, first + begin(block+1)*blockBytes
}

// begin returns the next block from this one on with which something begins, or count.
func begin(block uint32) uint32 {
	for block < count && kind(block) == nothing {
		if block%blocksPerWord == 0 && *word(kinds() + block/blocksPerByte) == 0 {
			block += blocksPerWord - 1
		}
		block++
	}
	return block
}

// kinds returns the address of what says what begins with each block.
func kinds() uint32 { return first + count*blockBytes }

func kind(block uint32) byte {
	return *at(kinds() + block/blocksPerByte) >> (block % blocksPerByte * 2) & 3
}

func note(block uint32, kind byte) {
	p, shift := at(kinds()+block/blocksPerByte), block%blocksPerByte*2
	*p = *p&^(3<<shift) | kind<<shift
}

func at(address uint32) *byte { return (*byte)(pointer(address)) }

func word(address uint32) *uint32 { return (*uint32)(pointer(address)) }

func bytes(address, n uint32) []byte { return unsafe.Slice(at(address), n) }
