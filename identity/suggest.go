package identity

import "github.com/agnivade/levenshtein"

// maxComparedBytes is the length up to which names are compared. The time of a comparison grows with the square of the length.
const maxComparedBytes = 255

// maxComparedPairs limits the work of one SuggestName: the number of pairs of bytes that are compared, enough for 600 names of usual
// length. Comparing all of the thousands of names that a page may declare would block it.
const maxComparedPairs = 250_000

// SuggestName returns the known name that name is probably a misspelling of ("did you mean"), the most similar one if there are several.
// The Levenshtein distance is at most 2, and at most len(name)/4 for short names; the case of ASCII letters is ignored. Names that differ
// only in digits, such as "Step 1" and "Step 2", are taken for different names. ok is false if name is known or resembles no known name.
func SuggestName(name string, known []string) (similar string, ok bool) {
	if len(name) > maxComparedBytes {
		return "", false
	}
	lowerName := lowerASCIIString(name)
	best := min(len(name)/4+1, 3) // Distances below this are accepted.
	pairs := 0
	for _, k := range known {
		if k == name {
			return "", false
		}
		if d := len(k) - len(name); d >= best || d <= -best || differOnlyInDigits(k, name) {
			continue
		}
		if pairs += len(k) * len(name); pairs > maxComparedPairs {
			break
		}
		if d := levenshtein.ComputeDistance(lowerName, lowerASCIIString(k)); d < best {
			best, similar, ok = d, k, true
		}
	}
	return similar, ok
}

func lowerASCIIString(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerASCII(b[i])
	}
	return string(b)
}

// differOnlyInDigits reports whether a and b are equal without their digits.
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
