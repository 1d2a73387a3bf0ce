package tracker

import "github.com/throughline/throughline/identity/jsontext"

// maxMixpanelText is how many UTF-16 units of a text mixpanel-browser sends. Mixpanel itself keeps as many.
const maxMixpanelText = 255

// truncateTexts returns JSON text, or a part of one that begins and ends between its values, in which each string that is a value is cut to
// maxMixpanelText units. Names of members are not cut, as in mixpanel-browser.
func truncateTexts(text string) string {
	var changed []byte
	copied := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		start := i + 1
		cut, units := -1, 0
		for i = start; i < len(text) && text[i] != '"'; {
			next, width := nextCharacter(text, i)
			if cut < 0 && units+width > maxMixpanelText {
				cut = i
			}
			units += width
			i = next
		}
		if cut < 0 || isName(text, i) {
			continue
		}
		changed = append(changed, text[copied:cut]...)
		copied = i
	}
	if changed == nil {
		return text
	}
	return jsontext.UnsafeString(append(changed, text[copied:]...))
}

// nextCharacter returns the position after the character or escape at i, and how many UTF-16 units it is. A pair of escapes for one character
// counts as one character.
func nextCharacter(text string, i int) (next, width int) {
	const escape = len(`\u0000`)
	c := text[i]
	switch {
	case c == '\\' && i+1 < len(text) && text[i+1] == 'u':
		if isSurrogate(text, i, 'b') && isSurrogate(text, i+escape, 'f') {
			return min(i+2*escape, len(text)), 2
		}
		return min(i+escape, len(text)), 1
	case c == '\\':
		return min(i+2, len(text)), 1
	case c >= 0xf0:
		return min(i+4, len(text)), 2
	case c >= 0xe0:
		return min(i+3, len(text)), 1
	case c >= 0xc0:
		return min(i+2, len(text)), 1
	}
	return i + 1, 1
}

// isSurrogate reports whether there is an escape at i whose value is a high (last 'b') or a low (last 'f') surrogate: \ud8 to \udb, or \udc to \udf.
func isSurrogate(text string, i int, last byte) bool {
	if i+4 > len(text) || text[i] != '\\' || text[i+1] != 'u' || text[i+2]|0x20 != 'd' {
		return false
	}
	c := text[i+3] | 0x20
	if last == 'b' {
		return c == '8' || c == '9' || c == 'a' || c == 'b'
	}
	return c >= 'c' && c <= 'f'
}

// isName reports whether the string that ends with the quote at i is the name of a member.
func isName(text string, i int) bool {
	for i++; i < len(text); i++ {
		switch text[i] {
		case ' ', '\n', '\r', '\t':
		default:
			return text[i] == ':'
		}
	}
	return false
}
