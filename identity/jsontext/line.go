package jsontext

import "unsafe"

// CutLine returns the first line of text and the text after its line break. found is false if there is no line break; then rest is "".
//
// It looks at eight bytes at a time, because texts are long. XOR with breaks turns a line break into a zero byte. Subtracting 1 from each
// byte borrows into the highest bit of a zero byte, and &^ excludes the bytes that had this bit before (Hacker's Delight, 6-1).
func CutLine(text string) (line, rest string, found bool) {
	const breaks, ones, highs = 0x0a0a0a0a0a0a0a0a, 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		word := *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.StringData(text)), i)) ^ breaks
		if (word-ones)&^word&highs != 0 {
			break
		}
	}
	for i < len(text) && text[i] != '\n' {
		i++
	}
	if i == len(text) {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// Cut returns what is before and after the first c in s, or s and "" if there is none.
func Cut(s string, c byte) (before, after string) {
	for i := range len(s) {
		if s[i] == c {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
