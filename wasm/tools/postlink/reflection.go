package main

import (
	"encoding/binary"
)

// What types tell package reflect (internal/abi: Type, StructType, FuncType) in go1.26.8 on wasm.
const (
	flagMaskOnDemand = 16 // the runtime reads the fields of the type to find its pointers (runtime.buildGCMask)
	kindArray        = 17
	kindFunc         = 19
	kindMap          = 21
	kindStruct       = 25
	arrayElement     = 48
	structPackage    = 48
	structFields     = 56 // a slice
	fieldBytes       = 24 // the address of its name, the address of its type, and its offset
	fieldType        = 8
	funcInputs       = 48
	funcOutputs      = 50
	funcTypeBytes    = 56

	nameHasPackage = 4 // the place of a name of a package follows the name
)

// clearReflection clears what only package reflect reads of types: their names, the fields of structs, and the parameters of functions. The program
// does not import reflect. What the runtime reads stays: names that a conversion to an interface compares, and the fields of types whose pointers
// it finds by them. dropped has the places of other names that nothing needs. A type without a name prints as nothing, which happens only where a value
// panics while the runtime prints it.
func (t types) clearReflection(all []int, isFunction func(place int) bool, dropped map[int]bool) {
	fieldsStay := map[int]bool{}
	for _, at := range all {
		if t.memory[at+typeFlags]&flagMaskOnDemand != 0 {
			t.keepFields(at, fieldsStay)
		}
	}
	kept := map[int]bool{0: true}
	for _, at := range all {
		t.keepNames(at, isFunction, kept)
		dropped[uint32At(t.memory, at+typeName)] = true
		clear(t.memory[at+typeName : at+typeName+4])
		t.memory[at+typeFlags] &^= flagExtraStar
		switch t.memory[at+typeKind] & kindMask {
		case kindStruct:
			t.clearFields(at, fieldsStay[at], dropped)
		case kindFunc:
			t.clearParameters(at)
		}
	}
	for place := range dropped {
		if length := t.nameBytes(place); !kept[place] && length > 0 {
			clear(t.memory[t.at.low+place:][:length])
		}
	}
}

// keepFields keeps the fields of a type, and of the types in it.
func (t types) keepFields(at int, stay map[int]bool) {
	if stay[at] || !t.hasType(at) {
		return
	}
	stay[at] = true
	switch t.memory[at+typeKind] & kindMask {
	case kindArray:
		t.keepFields(uint64At(t.memory, at+arrayElement), stay)
	case kindStruct:
		for field := range t.fields(at) {
			t.keepFields(uint64At(t.memory, field+fieldType), stay)
		}
	}
}

// fields calls yield with the address of each field of a struct.
func (t types) fields(at int) func(yield func(int) bool) {
	first, count := uint64At(t.memory, at+structFields), uint64At(t.memory, at+structFields+wordBytes)
	if first < t.at.low || count < 0 || count > 1<<12 || first+count*fieldBytes > t.at.high {
		count = 0
	}
	return func(yield func(int) bool) {
		for i := range count {
			if !yield(first + i*fieldBytes) {
				return
			}
		}
	}
}

// clearFields clears the fields of a struct, or, if they must stay, only their names.
func (t types) clearFields(at int, stay bool, dropped map[int]bool) {
	for field := range t.fields(at) {
		dropped[uint64At(t.memory, field)-t.at.low] = true
		if stay {
			clear(t.memory[field : field+wordBytes])
		} else {
			clear(t.memory[field : field+fieldBytes])
		}
	}
	clear(t.memory[at+structPackage : at+structFields])
	if !stay {
		clear(t.memory[at+structFields : at+structFields+3*wordBytes])
	}
}

// clearParameters clears the types of the parameters and results of a function type, which follow it and the description of its methods.
func (t types) clearParameters(at int) {
	in, out := binary.LittleEndian.Uint16(t.memory[at+funcInputs:]), binary.LittleEndian.Uint16(t.memory[at+funcOutputs:])
	first := at + funcTypeBytes
	if t.memory[at+typeFlags]&flagUncommon != 0 {
		first += uncommonBytes
	}
	end := first + wordBytes*(int(in)+int(out&0x7fff)) // The highest bit tells whether the last parameter is variadic.
	if end > t.at.high {
		return
	}
	for i := first; i < end; i += wordBytes {
		if !t.at.has(uint64At(t.memory, i)) {
			return
		}
	}
	clear(t.memory[first:end])
	clear(t.memory[at+funcInputs : at+funcOutputs+2])
}

// keepNames keeps the names that runtime.itabInit compares: of the methods of an interface, of the methods of a type that are left, and of packages.
func (t types) keepNames(at int, isFunction func(place int) bool, kept map[int]bool) {
	keep := func(place int) {
		kept[place] = true
		if length := t.nameBytes(place); length > 4 && t.memory[t.at.low+place]&nameHasPackage != 0 {
			kept[uint32At(t.memory, t.at.low+place+length-4)] = true
		}
	}
	if t.memory[at+typeKind]&kindMask == kindInterface {
		keep(uint64At(t.memory, at+typeBytes) - t.at.low)
		first := uint64At(t.memory, at+interfaceMethods)
		for i := range t.interfaceMethods(at) {
			keep(uint32At(t.memory, first+i*imethodBytes))
		}
	}
	if uncommon := t.uncommon(at); uncommon > 0 {
		keep(uint32At(t.memory, uncommon))
		list := t.methods(at, isFunction)
		for i := 0; i < len(list); i += methodBytes {
			keep(uint32At(list, i))
		}
	}
}

// nameBytes returns how many bytes the name at a place has, with its flags, its length, a tag, and the place of a package. It is 0 for no name.
func (t types) nameBytes(place int) int {
	const hasTag = 2
	at := t.at.low + place
	if place <= 0 || at+2 > t.at.high {
		return 0
	}
	flags, end := t.memory[at], at+1
	for i := 0; i < 1 || (i < 2 && flags&hasTag != 0); i++ {
		length, n := binary.Uvarint(t.memory[end:t.at.high])
		if n <= 0 || length > uint64(t.at.high-end-n) {
			return 0
		}
		end += n + int(length)
	}
	if flags&nameHasPackage != 0 {
		end += 4
	}
	return min(end, t.at.high) - at
}
