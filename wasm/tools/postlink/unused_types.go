package main

import "slices"

// Parts of types that only package reflect reads, or that tell types apart.
const (
	typeHash      = 16
	typePtrToThis = 44
)

// mapBytes is the size of the description of a map type, which uncommonAt does not have.
const mapBytes = typeBytes + 8*wordBytes

// typeSpan returns where a type is described, without lists of fields, methods and parameters, which follow.
func (t types) typeSpan(at int) span {
	end := at + typeBytes
	if size, ok := uncommonAt[t.memory[at+typeKind]&kindMask]; ok {
		end = at + size
	} else if t.memory[at+typeKind]&kindMask == kindMap {
		end = at + mapBytes
	}
	return span{at, min(end, t.at.high)}
}

// reachableWithoutUnusedTypes clears types that nothing uses, and finds the functions that can run. A type keeps the function that compares its values,
// and a function keeps the types that it mentions, so it goes on until it finds no more to clear.
func (s *snapshot) reachableWithoutUnusedTypes(all []int) (reach, error) {
	for before := len(s.code.bodies) + 1; ; {
		found, err := s.reachable()
		if err != nil {
			return reach{}, err
		}
		count := 0
		for _, runs := range found.runs {
			if runs {
				count++
			}
		}
		if count == before {
			return found, nil
		}
		before = count
		if err := s.clearUnusedTypes(all, found); err != nil {
			return reach{}, err
		}
	}
}

// clearUnusedTypes clears the types that neither code, nor a word of memory, nor such a type mentions. A word counts wherever in a type it points.
//
// Types also mention others by 4 bytes: pointers to themselves, for package reflect, and the types of methods, which the runtime only compares
// with one another (runtime.itabInit). Neither needs what is there.
//
// It clears the hashes of the other types, too, where nothing has read one yet that may be read again: neither an itab, of which the runtime has a
// table by hash, nor a switch in code. The lists of methods of unused types are cleared as well, so that they keep no function.
func (s *snapshot) clearUnusedTypes(all []int, found reach) error {
	t := s.types()
	slices.Sort(all)
	numbers := map[int64]bool{}
	used := make([]bool, len(all))
	var queue []int
	see := func(v int64) {
		i, exact := slices.BinarySearch(all, int(v))
		if !exact {
			i--
		}
		if i >= 0 && !used[i] && t.typeSpan(all[i]).has(int(v)) {
			used[i] = true
			queue = append(queue, i)
		}
	}
	for i, runs := range found.runs {
		if !runs {
			continue
		}
		refs, err := referencesOf(s.code.bodies[i])
		if err != nil {
			return err
		}
		for _, n := range refs.numbers {
			numbers[int64(uint32(n))] = true
			see(n)
		}
	}
	for _, r := range s.registers {
		see(r.value)
	}
	inType := make([]bool, len(s.memory)/wordBytes)
	for _, at := range all {
		for span := t.typeSpan(at); span.low < span.high; span.low += wordBytes {
			inType[span.low/wordBytes] = true
		}
	}
	isType := func(at int) bool { _, found := slices.BinarySearch(all, at); return found }
	inItab := map[int]bool{}
	for at := 0; at+wordBytes <= len(s.memory); at += wordBytes {
		if inType[at/wordBytes] {
			continue
		}
		word := uint64At(s.memory, at)
		see(int64(word))
		// An itab begins with its interface and its type. The runtime makes some itabs itself, which nothing lists.
		if at+2*wordBytes <= len(s.memory) && isType(word) && s.memory[word+typeKind]&kindMask == kindInterface && isType(uint64At(s.memory, at+wordBytes)) {
			inItab[word], inItab[uint64At(s.memory, at+wordBytes)] = true, true
		}
	}
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for span := t.typeSpan(all[i]); span.low < span.high; span.low += wordBytes {
			see(int64(uint64At(s.memory, span.low)))
		}
	}
	for i, at := range all {
		clear(s.memory[at+typePtrToThis : at+typePtrToThis+4])
		if !used[i] {
			clear(t.methods(at, func(place int) bool { return s.functionOfPlace(place) >= 0 }))
			span := t.typeSpan(at)
			clear(s.memory[span.low:span.high])
		} else if !inItab[at] && !numbers[int64(uint32At(s.memory, at+typeHash))] {
			clear(s.memory[at+typeHash : at+typeHash+4])
		}
	}
	return nil
}
