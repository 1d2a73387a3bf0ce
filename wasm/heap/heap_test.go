package heap

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	roots = 64         // Pointers in global variables.
	noise = 0xF0000000 // The upper bits of a word of a test that is no pointer: no address is as large.
)

// start begins with two pages of memory, in which are the global variables, and with what an earlier test has left behind them.
func start() {
	first, count, taken, freeStart, freeEnd, pendings, hasOverflow = 0, 0, 0, 0, 0, 0, false
	simulated.pages, simulated.globalsEnd = 2, 64+4*roots+4
	clear(simulated.bytes[:simulated.globalsEnd])
	dirty := simulated.bytes[simulated.globalsEnd : 2<<20]
	for i := range dirty {
		dirty[i] = 0xF1
	}
}

func root(i int) uint32 { return 64 + 4*uint32(i) }

func collectNow() {
	taken = count
	Collect()
}

func TestObjectsAreZeroAndApart(t *testing.T) {
	start()
	sizes := []uint32{0, 1, 15, 16, 17, 100, 4096, 70_000, 3, 1 << 20, 16}
	addresses := make([]uint32, len(sizes))
	for i, size := range sizes {
		address := Allocate(size)
		addresses[i] = address
		assert.Zero(t, address%blockBytes, size)
		require.True(t, isAll(bytesAt(address, size), 0), "%d bytes", size)
		fill(address, size, i)
	}
	for i, size := range sizes {
		assert.True(t, isAll(bytesAt(addresses[i], size), 0xF0|byte(i)), "%d bytes: no other object is in them", size)
	}
}

func isAll(memory []byte, b byte) bool {
	return len(memory) == 0 || memory[0] == b && string(memory[1:]) == string(memory[:len(memory)-1])
}

func fill(address, size uint32, with int) {
	copy(bytesAt(address, size), slices.Repeat([]byte{0xF0 | byte(with)}, int(size)))
}

func TestWhatNothingRefersToIsGivenOutAgain(t *testing.T) {
	start()
	kept := Allocate(100)
	*wordAt(root(0)) = kept
	fill(kept, 100, 3)
	var pages uint32
	for round := range 100 {
		for range 1000 {
			Allocate(500)
		}
		collectNow()
		if round == 0 {
			pages = pageCount()
		}
	}
	assert.Equal(t, pages, pageCount(), "memory has not grown")
	assert.True(t, isAll(bytesAt(kept, 100), 0xF3))
	*wordAt(root(0)) = 0
	collectNow()
	assert.Equal(t, free, int(kindOf(0)))
	assert.Equal(t, count, nextStart(1), "everything is one free range")
}

func TestItCollectsOnceAQuarterOfMemoryWasGivenOut(t *testing.T) {
	start()
	Allocate(16)
	assert.EqualValues(t, 2+minGrowth, pageCount())
	for used := uint32(1); used < minTaken; used++ {
		Collect()
		require.Equal(t, used, taken, "not yet")
		Allocate(16)
	}
	Collect()
	assert.Zero(t, taken)
	Allocate(4 << 20)
	taken = count/4 - 1
	Collect()
	assert.NotZero(t, taken, "a large memory is looked through less often")
	taken++
	Collect()
	assert.Zero(t, taken)
}

func TestSmallRangesStayInUse(t *testing.T) {
	start()
	var kept uint32
	for i := range 1000 { // Every other object is kept.
		if address := Allocate(160); i%2 == 0 {
			*wordAt(address) = kept
			kept = address
		}
	}
	*wordAt(root(0)) = kept
	collectNow()
	Allocate(1 << 20)
	pages := pageCount()
	for range 499 {
		assert.Less(t, Allocate(160), kept, "in a range between two others")
	}
	assert.Equal(t, pages, pageCount())
}

func TestAPointerToAnyByteOfAnObjectKeepsIt(t *testing.T) {
	const size = 1000
	for _, into := range []uint32{0, 1, 15, 16, 500, size - 1} {
		t.Run(fmt.Sprint(into), func(t *testing.T) {
			start()
			Allocate(64)
			address := Allocate(size)
			Allocate(64)
			*wordAt(root(roots - 1)) = address + into
			collectNow()
			assert.Equal(t, object, int(kindOf((address-first)/blockBytes)))
			from, to := span((address - first) / blockBytes)
			assert.Equal(t, uint32(1008), to-from)
			*wordAt(root(roots - 1)) = 0
			collectNow()
			assert.Equal(t, count, nextStart(1))
		})
	}
}

func TestAnObjectEndsWhereTheFreeRangeBehindItBegins(t *testing.T) {
	for name, leave := range map[string]func(){
		"at a collection":          func() {},
		"for one that has no room": func() { Allocate(pageCount() * pageBytes) },
	} {
		t.Run(name, func(t *testing.T) {
			start()
			address := Allocate(100)
			*wordAt(root(0)) = address
			leave()
			collectNow()
			from, to := span((address - first) / blockBytes)
			assert.Equal(t, uint32(112), to-from)
			assert.Equal(t, free, int(kindOf(7)))
		})
	}
}

func TestNoWordKeepsWhatIsNotThere(t *testing.T) {
	start()
	Allocate(16)
	Allocate((count - 1) * blockBytes) // Behind the last of its bytes are the kinds.
	clear(simulated.bytes[kindsAddress()+count/blocksPerByte : pageCount()*pageBytes])
	for i, w := range []uint32{0, 1, first - 1, kindsAddress(), kindsAddress() + 1, pageCount() * pageBytes, 1 << 31, 0xFFFFFFFF} {
		*wordAt(root(i)) = w
	}
	collectNow()
	assert.Equal(t, count, nextStart(1))
}

func TestLongListsAndWideObjectsAreFollowed(t *testing.T) {
	const members = 100_000
	for name, build := range map[string]func() uint32{
		"a list, from its newest member": func() (last uint32) {
			for range members {
				address := Allocate(24)
				*wordAt(address + 20) = last
				last = address
			}
			return last
		},
		"more pointers than may be pending": func() uint32 {
			wide := Allocate(4 * members)
			for i := range uint32(members) {
				*wordAt(wide + 4*i) = Allocate(24)
			}
			return wide
		},
		"lists that begin in a wide object": func() uint32 {
			wide := Allocate(4 * members / 10)
			for i := range uint32(members / 10) {
				member := Allocate(24)
				*wordAt(member) = Allocate(24)
				*wordAt(wide + 4*i) = member
			}
			return wide
		},
	} {
		t.Run(name, func(t *testing.T) {
			start()
			*wordAt(root(7)) = build()
			before := objects()
			require.Greater(t, before, 10_000)
			collectNow()
			assert.Equal(t, before, objects())
			*wordAt(root(7)) = 0
			collectNow()
			assert.Zero(t, objects())
		})
	}
}

func objects() (n int) {
	for block := uint32(0); block < count; block = nextStart(block + 1) {
		if kindOf(block) == object {
			n++
		}
	}
	return n
}

func TestOneObjectOfNearlyAllMemory(t *testing.T) {
	for _, size := range []uint32{1 << 20, 20 << 20, 60 << 20} {
		start()
		Allocate(100)
		address := Allocate(size)
		assert.Less(t, address+size, kindsAddress()+1)
		assert.Less(t, pageCount(), size/pageBytes*11/10+24, "it grows by little more than is needed")
	}
}

func TestWithoutMemoryItPanics(t *testing.T) {
	start()
	*wordAt(root(0)) = Allocate(100)
	for range 2000 {
		Allocate(100)
	}
	*wordAt(root(1)) = Allocate(100)
	collectNow()
	assert.PanicsWithValue(t, "out of memory", func() { Allocate(95 << 20) })
	assert.PanicsWithValue(t, "out of memory", func() { Allocate(1<<31 - 1) })
	assert.NotZero(t, Allocate(1000), "a smaller one is still possible")
}

// FuzzHeap runs a program that allocates, connects and forgets objects, beside a model of it.
func FuzzHeap(f *testing.F) {
	for seed := range uint64(12) {
		steps := make([]byte, 2000)
		generator := rand.New(rand.NewPCG(seed, 1))
		for i := range steps {
			steps[i] = byte(generator.Uint32())
		}
		f.Add(steps)
	}
	f.Fuzz(func(t *testing.T, steps []byte) {
		start()
		p := program{t: t}
		for len(steps) >= 4 {
			p.step(steps[0]%8, uint32(binary.LittleEndian.Uint16(steps[1:])), steps[3])
			steps = steps[4:]
		}
		collectNow()
		p.check()
		clear(simulated.bytes[64:simulated.globalsEnd])
		collectNow()
		if count > 0 {
			assert.Equal(t, count, nextStart(1))
		}
	})
}

// member is an object of the program. Its first words are pointers.
type member struct {
	address, size uint32
	pointers      [3]*member
	into          [3]uint32 // By how many bytes each points behind the beginning.
	mark          byte      // Its other bytes.
}

type program struct {
	t     *testing.T
	roots [roots]*member
}

const pointersBytes = 12

func (p *program) step(kind byte, n uint32, mark byte) {
	switch kind {
	case 0, 1, 2, 3:
		size := n%500 + pointersBytes
		if kind == 3 {
			size += n
		}
		m := &member{address: Allocate(size), size: size, mark: 0xF0 | mark}
		require.True(p.t, isAll(bytesAt(m.address, size), 0))
		fill(m.address+pointersBytes, size-pointersBytes, int(mark&0xF))
		m.mark = 0xF0 | mark&0xF
		for _, other := range p.roots {
			if other == nil {
				continue
			}
			isApart := m.address >= other.address+other.size || other.address >= m.address+size
			require.True(p.t, isApart, "two objects in one place")
		}
		p.set(int(n), m)
	case 4:
		p.set(int(n), nil)
	case 5, 6: // One object refers to another.
		from, to := p.roots[n%roots], p.roots[n/roots%roots]
		if from == nil || to == nil {
			return
		}
		at := mark % 3
		from.pointers[at], from.into[at] = to, n%to.size
		*wordAt(from.address + 4*uint32(at)) = to.address + from.into[at]
	case 7:
		collectNow()
		p.check()
	}
}

func (p *program) set(i int, m *member) {
	i %= roots
	p.roots[i] = m
	*wordAt(root(i)) = noise | uint32(i)
	if m != nil {
		*wordAt(root(i)) = m.address
	}
}

// live returns the objects to which a root leads.
func (p *program) live() map[*member]bool {
	found := map[*member]bool{}
	var follow func(*member)
	follow = func(m *member) {
		if m == nil || found[m] {
			return
		}
		found[m] = true
		for _, next := range m.pointers {
			follow(next)
		}
	}
	for _, m := range p.roots {
		follow(m)
	}
	return found
}

func (p *program) check() {
	for m := range p.live() {
		block := (m.address - first) / blockBytes
		require.Equal(p.t, object, int(kindOf(block)))
		from, to := span(block)
		require.Equal(p.t, (m.size+blockBytes-1)/blockBytes*blockBytes, to-from, "it has no more than it needs")
		for i, to := range m.pointers {
			require.True(p.t, to == nil || *wordAt(m.address + 4*uint32(i)) == to.address+m.into[i])
		}
		require.True(p.t, isAll(bytesAt(m.address+pointersBytes, m.size-pointersBytes), m.mark))
	}
}
