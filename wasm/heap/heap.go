// Package heap is the memory of the program that TinyGo compiles: it gives out objects, and finds those that nothing refers to any more.
//
// TinyGo has collectors of its own. They may run at every allocation, and nothing can look into the locals of WebAssembly's functions, so that every
// function writes down all its pointers: a quarter of the program. This one runs only between two calls from the page, when no function of the program
// does (Collect). Then global variables and what they lead to are all that there is.
//
// Memory is divided into blocks of 16 bytes. Objects and the free ranges between them have one block or more. Two bits tell of each block what begins with
// it, its kind; they are behind the last block. Every word that is the address of a byte of an object is taken for a pointer to it. A number may look like
// one: then an object stays that nothing refers to.
package heap

import "unsafe"

const (
	blockBytes    = 16
	blocksPerByte = 4    // As many kinds a byte has.
	blocksPerWord = 16   // As many four bytes have.
	blocksPerPage = 4000 // As many blocks fit into a page at least, with their kinds.
	pageBytes     = 1 << 16
	maxPages      = 1 << 15 // Two gigabytes, half of what addresses can have.

	// An object of so many blocks is put where there is room, and the small ones after it where they would have been: small ranges stay in use.
	large = 64

	// A collection comes after a quarter of memory was given out, and at least so many blocks.
	minTaken = 12_000

	// Memory grows by an eighth, and at least by so many pages.
	minGrowth = 8
)

// Kinds of blocks.
const (
	continuation = iota // It continues what begins before it.
	free
	object
	reached // An object that a pointer leads to. Between two collections there are none.
)

var (
	first uint32 // The address of the first block.
	count uint32 // How many blocks there are.
	taken uint32 // How many of them were given out since the last collection.

	// The free range of which objects are given out. Its first block gets its kind when the range is left, because it becomes smaller with each object.
	freeStart, freeEnd uint32

	pending     [256]uint32 // Reached objects into which nobody has looked yet.
	pendings    uint32
	hasOverflow bool // There were more of them.
)

// Allocate returns the address of a new object of so many bytes, which are zero.
func Allocate(size uint32) uint32 {
	need := max((size+blockBytes-1)/blockBytes, 1)
	block := freeStart
	if freeEnd-freeStart >= need {
		freeStart += need
	} else {
		block = find(need)
		switch end := nextStart(block + 1); {
		case need < large:
			closeFreeRange()
			freeStart, freeEnd = block+need, end
		case block+need < end:
			setKind(block+need, free)
		}
	}
	setKind(block, object)
	taken += need
	address := first + block*blockBytes
	clear(bytesAt(address, need*blockBytes))
	return address
}

// find returns the beginning of a free range with room for so many blocks, the first one behind that of which objects are given out.
func find(need uint32) uint32 {
	for block := nextStart(freeEnd); ; {
		if block == count {
			grow(need)
			setKind(block, free)
		}
		end := nextStart(block + 1)
		if kindOf(block) == free && end-block >= need {
			return block
		}
		block = end
	}
}

func closeFreeRange() {
	if freeStart < freeEnd {
		setKind(freeStart, free)
	}
}

// grow enlarges memory, by more than what is needed.
func grow(need uint32) {
	if first == 0 {
		_, end := globals()
		first = (end + blockBytes - 1) &^ (blockBytes - 1)
	}
	oldCount, oldKinds := count, kindsAddress()
	pages := max(minGrowth, pageCount()/8, need/blocksPerPage+2)
	if pages > maxPages-pageCount() || !addPages(pages) {
		panic("out of memory")
	}
	count = (pageCount()*pageBytes - first) / (blocksPerWord*blockBytes + blocksPerWord/blocksPerByte) * blocksPerWord
	known := oldCount / blocksPerByte
	copy(bytesAt(kindsAddress(), known), bytesAt(oldKinds, known))
	clear(bytesAt(kindsAddress()+known, count/blocksPerByte-known))
}

// Collect frees the objects to which nothing refers any more, if enough was given out since it last did. No function may be running that has the only
// pointer to an object.
func Collect() {
	if taken < max(minTaken, count/4) {
		return
	}
	closeFreeRange()
	reach(globals())
	for hasOverflow {
		hasOverflow = false
		for block := uint32(0); block < count; block = nextStart(block + 1) {
			if kindOf(block) == reached {
				reach(span(block))
			}
		}
	}
	sweep()
	taken, freeStart, freeEnd = 0, 0, 0
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
		block := (*wordAt(from) - first) / blockBytes
		if block >= count { // Also what is less than first.
			continue
		}
		for kindOf(block) == continuation {
			block--
		}
		if kindOf(block) != object {
			continue
		}
		setKind(block, reached)
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
	for block := uint32(0); block < count; block = nextStart(block + 1) {
		switch {
		case kindOf(block) == reached:
			setKind(block, object)
			isFree = false
		case isFree:
			setKind(block, continuation)
		default:
			setKind(block, free)
			isFree = true
		}
	}
}

// span returns the addresses of the beginning and the end of what begins with a block.
func span(block uint32) (from, to uint32) {
	return first + block*blockBytes, first + nextStart(block+1)*blockBytes
}

// nextStart returns the next block, from this one on, with which an object or a free range begins, or else count.
func nextStart(block uint32) uint32 {
	for block < count && kindOf(block) == continuation {
		if block%blocksPerWord == 0 && *wordAt(kindsAddress() + block/blocksPerByte) == 0 {
			block += blocksPerWord - 1
		}
		block++
	}
	return block
}

// kindsAddress returns where the kinds of all blocks are.
func kindsAddress() uint32 { return first + count*blockBytes }

func kindOf(block uint32) byte {
	return *byteAt(kindsAddress() + block/blocksPerByte) >> (block % blocksPerByte * 2) & 3
}

func setKind(block uint32, kind byte) {
	p, shift := byteAt(kindsAddress()+block/blocksPerByte), block%blocksPerByte*2
	*p = *p&^(3<<shift) | kind<<shift
}

func byteAt(address uint32) *byte { return (*byte)(pointer(address)) }

func wordAt(address uint32) *uint32 { return (*uint32)(pointer(address)) }

func bytesAt(address, n uint32) []byte { return unsafe.Slice(byteAt(address), n) }
