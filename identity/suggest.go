package identity

import "github.com/agnivade/levenshtein"

// maxComparedBytes bounds the time of a comparison, which grows with the square of the length.
const maxComparedBytes = 255

// maxComparedCells bounds what one name is compared with, in pairs of letters: some six hundred names of usual length. A comparison of
// them all would hold up a page that declares thousands of names.
const maxComparedPairs = 250_000

// Resembles returns the one of known that name was probably meant to be: at most two letters differ (Levenshtein distance), or one in
// a short name, whatever their case. Names that differ in digits only, such as "Step 1" and "Step 2", are meant as they are.
func SuggestName(name string, known []string) (like string, ok bool) {
	if len(name) > maxComparedBytes {
		return "", false
	}
	small := lowerASCIIString(name)
	best := len(name)/4 + 1
	if best > 3 {
		best = 3
	}
	cells := 0
	for _, k := range known {
		if k == name {
			return "", false
		}
		if d := len(k) - len(name); d >= best || d <= -best || differOnlyInDigits(k, name) {
			continue
		}
		if cells += len(k) * len(name); cells > maxComparedPairs {
			break
		}
		if d := levenshtein.ComputeDistance(small, lowerASCIIString(k)); d < best {
			best, like, ok = d, k, true
		}
	}
	return like, ok
}

func lowerASCIIString(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerASCII(b[i])
	}
	return string(b)
}

func differOnlyInDigits(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && isDigit(a[i]) {
			i++
		}
		for j < len(b) && isDigit(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i++
		j++
	}
}
