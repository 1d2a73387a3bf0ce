package main

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
)

// The layout of types (internal/abi: Type, InterfaceType, UncommonType, Method) in go1.26.8 on wasm.
const (
	typeFlags     = 20
	typeAlign     = 21
	typeKind      = 23
	typeEqual     = 24
	typeMask      = 32
	typeName      = 40
	typeBytes     = 48
	kindMask      = 31
	flagUncommon  = 1
	flagExtraStar = 2 // the name begins with a star that is not part of it
	kindInterface = 20

	interfaceMethods = 56 // a slice of pairs: where the name is, and where the type is
	imethodBytes     = 8

	uncommonCount  = 4
	uncommonMethod = 8
	uncommonBytes  = 16
	methodBytes    = 16
	methodType     = 4
	methodByTable  = 8  // Ifn
	methodDirect   = 12 // Tfn
)

// uncommonAt has, by kind, where the list of methods of a type is described, if it is not just after the type.
var uncommonAt = map[byte]int{17: 72, 18: 64, 19: 56, kindInterface: 80, 22: 56, 23: 56, 25: 80} // array, chan, func, interface, pointer, slice, struct

// types reads the types of a program.
type types struct {
	memory []byte
	at     span
}

// hasType tells whether a type may begin at an address.
func (t types) hasType(at int) bool {
	if at < t.at.low || at%wordBytes != 0 || at+typeBytes > t.at.high {
		return false
	}
	align, kind := t.memory[at+typeAlign], t.memory[at+typeKind]&kindMask
	return kind > 0 && kind <= 26 && align == t.memory[at+typeAlign+1] && slices.Contains([]byte{1, 2, 4, 8}, align)
}

// isType tells whether a type is at an address, by everything that it must have: a function that compares, or none; a mask of its pointers, if it
// has any; no more pointers than bytes; and a printable name.
func (t types) isType(at int) bool {
	if !t.hasType(at) {
		return false
	}
	size, pointers := uint64At(t.memory, at), uint64At(t.memory, at+wordBytes)
	equal, mask := uint64At(t.memory, at+typeEqual), uint64At(t.memory, at+typeMask)
	if (equal != 0 && !t.at.has(equal)) || (mask != 0 && !t.at.has(mask)) || pointers < 0 || pointers > size || (pointers > 0 && mask == 0) {
		return false
	}
	name := t.name(uint32At(t.memory, at+typeName))
	isExtra := t.memory[at+typeFlags]&flagExtraStar != 0
	return name != "" && (!isExtra || name[0] == '*') && strings.IndexFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) < 0
}

// all returns the addresses of all types. Nothing lists them, but no other data look like a type.
func (t types) all() []int {
	var all []int
	for at := (t.at.low + wordBytes - 1) &^ (wordBytes - 1); at < t.at.high; at += wordBytes {
		if t.isType(at) {
			all = append(all, at)
		}
	}
	return all
}

// wanted is a method of an interface: its name, and its type's place.
type wanted struct {
	name string
	kind int
}

// interfaceMethods returns the methods of the interface at an address.
func (t types) interfaceMethods(at int) []wanted {
	if !t.hasType(at) || t.memory[at+typeKind]&kindMask != kindInterface || at+interfaceMethods+2*wordBytes > t.at.high {
		return nil
	}
	first, count := uint64At(t.memory, at+interfaceMethods), uint64At(t.memory, at+interfaceMethods+wordBytes)
	if count <= 0 || count > 1<<10 || first < t.at.low || first+count*imethodBytes > t.at.high {
		return nil
	}
	var all []wanted
	for i := first; i < first+count*imethodBytes; i += imethodBytes {
		all = append(all, wanted{t.name(uint32At(t.memory, i)), uint32At(t.memory, i+4)})
	}
	return all
}

// name returns the name at a place: a byte of flags, its length, and its text.
func (t types) name(place int) string {
	at := t.at.low + place
	if at+1 >= t.at.high {
		return ""
	}
	length, n := binary.Uvarint(t.memory[at+1 : t.at.high])
	if n <= 0 || length > uint64(t.at.high-at-1-n) {
		return ""
	}
	return string(t.memory[at+1+n : at+1+n+int(length)])
}

// uncommon returns the address at which the type at an address describes its methods, or 0.
func (t types) uncommon(at int) int {
	kind := t.memory[at+typeKind] & kindMask
	if t.memory[at+typeFlags]&flagUncommon == 0 || kind == kindMap { // No map of this program has a name.
		return 0
	}
	offset, ok := uncommonAt[kind]
	if !ok {
		offset = typeBytes
	}
	if at+offset+uncommonBytes > t.at.high {
		return 0
	}
	return at + offset
}

// methods returns the list of methods of the type at an address, or nil if it has none. Methods that were cleared are part of it.
func (t types) methods(at int, isFunction func(place int) bool) []byte {
	if !t.hasType(at) {
		return nil
	}
	uncommon := t.uncommon(at)
	if uncommon == 0 {
		return nil
	}
	count := int(binary.LittleEndian.Uint16(t.memory[uncommon+uncommonCount:]))
	first := uncommon + uint32At(t.memory, uncommon+uncommonMethod)
	if count == 0 || first < uncommon+uncommonBytes || first+count*methodBytes > t.at.high {
		return nil
	}
	list := t.memory[first : first+count*methodBytes]
	for i := 0; i < len(list); i += methodBytes {
		byTable, direct := uint32At(list, i+methodByTable), uint32At(list, i+methodDirect)
		missing := byTable == 1<<32-1 && direct == 1<<32-1
		if bytes.Equal(list[i:i+methodBytes], make([]byte, methodBytes)) {
			continue
		}
		if t.name(uint32At(list, i)) == "" || (!missing && (!isFunction(byTable) || !isFunction(direct))) {
			return nil
		}
	}
	return list
}

// clearMethods clears the methods of types that no interface has, by name and type. Types list all their methods, but without package reflect only
// a conversion to an interface reads the list (runtime.itabInit): it looks for a method of the same name and type for each method of the interface,
// and skips the others. It takes a method that was cleared as one without a type, which is no method of an interface. It returns the places
// of the names of the methods that it cleared.
func (t types) clearMethods(all []int, isFunction func(place int) bool) map[int]bool {
	names := map[int]bool{}
	want := map[wanted]bool{}
	for _, at := range all {
		for _, w := range t.interfaceMethods(at) {
			want[w] = true
		}
	}
	for _, at := range all {
		list := t.methods(at, isFunction)
		for i := 0; i < len(list); i += methodBytes {
			if m := (wanted{t.name(uint32At(list, i)), uint32At(list, i+methodType)}); !want[m] {
				names[uint32At(list, i)] = true
				clear(list[i : i+methodBytes])
			}
		}
	}
	return names
}
