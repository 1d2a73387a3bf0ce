package jsontext

import "unsafe"

// Line returns the first line of a text and what follows it, and whether a line break ended it. It looks at eight bytes at a time, for
// texts are long: a byte of the word is zero where the text has a line break, and only from a zero is one borrowed into the highest bit.
func CutLine(text string) (line, rest string, more bool) {
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

// Cut returns what is before and behind the first such byte; all of it and nothing where there is none.
func Cut(s string, c byte) (before, after string) {
	for i := range len(s) {
		if s[i] == c {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
