package main

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	readerType = handReadOnly + 0x100 // an interface with the method Read
	fileType   = handReadOnly + 0x200 // a struct with the methods Close and Read, and two fields
	listType   = handReadOnly + 0x300 // a struct whose pointers the runtime finds by its fields
	funcType   = handReadOnly + 0x400 // a function with a parameter and a result

	readMethod  = 0x700 // the place of the type of Read, and of others
	closeMethod = 0x710
	fieldList   = handReadOnly + 0x500
	moreFields  = handReadOnly + 0x580
)

// handTypes makes types, and returns the places of their names.
func handTypes() (types, map[string]int) {
	s := handMade()
	m := s.memory
	places, next := map[string]int{}, 0x800
	name := func(text string) int {
		if places[text] == 0 {
			places[text] = next
			m[handReadOnly+next] = 1
			m[handReadOnly+next+1] = byte(len(text))
			copy(m[handReadOnly+next+2:], text)
			next += 2 + len(text)
		}
		return places[text]
	}
	word := func(at, v int) { putWord(m, at, uint64(v)) }
	half := func(at, v int) { binary.LittleEndian.PutUint32(m[at:], uint32(v)) }
	describe := func(at int, kind, flags byte, text string) {
		word(at, 16)
		m[at+typeFlags], m[at+typeAlign], m[at+typeAlign+1], m[at+typeKind] = flags, 8, 8, kind
		half(at+typeName, name(text))
	}
	method := func(at int, text string, kind, body int) {
		half(at, name(text))
		half(at+methodType, kind)
		half(at+methodByTable, firstTableIndex+body)
		half(at+methodDirect, firstTableIndex+body)
	}
	field := func(at int, text string, kind int) {
		word(at, handReadOnly+name(text))
		word(at+fieldType, kind)
	}
	describe(readerType, kindInterface, 0, "io.Reader")
	word(readerType+interfaceMethods, readerType+80)
	word(readerType+interfaceMethods+wordBytes, 1)
	half(readerType+80, name("Read"))
	half(readerType+84, readMethod)

	describe(fileType, kindStruct, flagUncommon|flagExtraStar, "*os.file")
	word(fileType+structFields, fieldList)
	word(fileType+structFields+wordBytes, 2)
	field(fieldList, "size", funcType)
	field(fieldList+fieldBytes, "path", funcType)
	m[fileType+80+uncommonCount] = 3
	half(fileType+80+uncommonMethod, uncommonBytes)
	method(fileType+96, "Close", closeMethod, 3)
	method(fileType+112, "Read", readMethod, 4)
	method(fileType+128, "Read", closeMethod, 5) // of another type

	describe(listType, kindStruct, flagMaskOnDemand, "big.list")
	word(listType+structFields, moreFields)
	word(listType+structFields+wordBytes, 1)
	field(moreFields, "next", listType)

	describe(funcType, kindFunc, 0, "func(int) error")
	m[funcType+funcInputs], m[funcType+funcOutputs] = 1, 1
	word(funcType+funcTypeBytes, listType)
	word(funcType+funcTypeBytes+wordBytes, readerType)
	return s.types(), places
}

func TestTypesAreFound(t *testing.T) {
	types, _ := handTypes()
	assert.Equal(t, []int{readerType, fileType, listType, funcType}, types.all())
	spoils := map[string]func(m []byte){
		"a name that is no text":      func(m []byte) { m[fileType+typeName+1] = 0 },
		"another alignment of fields": func(m []byte) { m[fileType+typeAlign+1] = 4 },
		"no kind":                     func(m []byte) { m[fileType+typeKind] = 0 },
		"more pointers than bytes":    func(m []byte) { m[fileType+wordBytes] = 24 },
		"no mask":                     func(m []byte) { m[fileType+wordBytes] = 8 },
		"a name without its star":     func(m []byte) { m[readerType+typeFlags] = flagExtraStar },
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			types, _ := handTypes()
			spoil(types.memory)
			assert.Len(t, types.all(), 3)
		})
	}
}

func TestOnlyMethodsOfInterfacesStay(t *testing.T) {
	types, _ := handTypes()
	types.clearMethods(types.all(), func(place int) bool { return place >= firstTableIndex && place < firstTableIndex+handBodies })
	list := func(i int) []byte { return types.memory[fileType+96+i*methodBytes:][:methodBytes] }
	assert.Equal(t, make([]byte, methodBytes), list(0), "no interface has Close")
	assert.Equal(t, firstTableIndex+4, uint32At(list(1), methodByTable), "io.Reader has Read")
	assert.Equal(t, make([]byte, methodBytes), list(2), "no interface has a Read of this type")
}

func TestListsThatAreNoMethodsStay(t *testing.T) {
	types, _ := handTypes()
	before := append([]byte{}, types.memory...)
	types.clearMethods(types.all(), func(int) bool { return false })
	assert.Equal(t, before, types.memory)
}

func TestReflectionIsCleared(t *testing.T) {
	types, places := handTypes()
	isFunction := func(place int) bool { return place >= firstTableIndex && place < firstTableIndex+handBodies }
	all := types.all()
	types.clearReflection(all, isFunction, types.clearMethods(all, isFunction))
	for name, stays := range map[string]bool{
		"Read": true, "io.Reader": false, "*os.file": false, "size": false, "path": false, "next": false, "func(int) error": false,
	} {
		want := ""
		if stays {
			want = name
		}
		assert.Equal(t, want, types.name(places[name]), name)
	}
	at := func(address int) int { return uint64At(types.memory, address) }
	assert.Zero(t, uint32At(types.memory, fileType+typeName))
	assert.Zero(t, types.memory[fileType+typeFlags]&flagExtraStar, "there is no star to cut off")
	assert.Equal(t, byte(flagUncommon), types.memory[fileType+typeFlags])
	assert.Zero(t, at(fileType+structFields)+at(fileType+structFields+wordBytes)+at(fieldList)+at(fieldList+fieldBytes+fieldType))
	assert.Equal(t, 1, at(listType+structFields+wordBytes), "the collector needs these fields")
	assert.Equal(t, listType, at(moreFields+fieldType))
	assert.Zero(t, at(moreFields), "but not their names")
	assert.Zero(t, at(funcType+funcInputs)+at(funcType+funcTypeBytes)+at(funcType+funcTypeBytes+wordBytes))
	assert.Equal(t, 16, at(fileType), "what the runtime reads of a type is as it was")
	assert.Equal(t, firstTableIndex+4, uint32At(types.memory, fileType+112+methodDirect))
}
