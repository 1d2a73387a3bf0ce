package jsontext

import (
	"unicode/utf8"
	"unsafe"
)

const hexDigits = "0123456789abcdef"

// AppendQuote appends s to dst as a JSON string. Bytes that are not UTF-8 become U+FFFD; U+2028 and U+2029 are escaped, for JSON
// that is pasted into a script.
func AppendQuote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if (r == utf8.RuneError && size == 1) || r == '\u2028' || r == '\u2029' {
				dst = append(dst, s[start:i]...)
				dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
				start = i + size
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, c)
			start = i + 1
		}
		i++
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// Quote returns s as a JSON string.
func Quote(s string) string { return UnsafeString(AppendQuote(make([]byte, 0, len(s)+2), s)) }

// Text makes a string of bytes that nobody writes to any more, without copying an event's two kilobytes.
func UnsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// Unquote returns the string that raw, one JSON string, stands for; false where raw is something else. As in encoding/json, half a
// surrogate pair and bytes that are not UTF-8 become U+FFFD. Without escapes it allocates nothing.
func Unquote(raw string) (string, bool) {
	if skipString(raw, 0) != len(raw) {
		return "", false
	}
	return unquoteContent(raw[1 : len(raw)-1]), true
}

// unquoted returns what a string that is known to be one stands for; raw is what is between its quotes.
func unquoteContent(raw string) string {
	i := 0
	for i < len(raw) && raw[i] != '\\' && raw[i] < utf8.RuneSelf {
		i++
	}
	if i == len(raw) || (utf8.ValidString(raw) && !hasEscapes(raw)) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(raw[i:])
			out = utf8.AppendRune(out, r)
			i += size
		case c != '\\':
			out = append(out, c)
			i++
		case raw[i+1] == 'u':
			r, size := unescapeRune(raw[i:])
			out = utf8.AppendRune(out, r)
			i += size
		default:
			out = append(out, unescapeByte(raw[i+1]))
			i += 2
		}
	}
	return string(out)
}

func hasEscapes(raw string) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' {
			return true
		}
	}
	return false
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// escapedRune reads \uXXXX, or a surrogate pair of two, and returns the rune and its length in the text.
func unescapeRune(raw string) (rune, int) {
	const length = 6
	r, _ := parseHex4(raw, 2)
	if r < 0xd800 || r > 0xdfff {
		return r, length
	}
	if r < 0xdc00 && len(raw) >= 2*length && raw[length] == '\\' && raw[length+1] == 'u' {
		if low, ok := parseHex4(raw, length+2); ok && low >= 0xdc00 && low <= 0xdfff {
			return (r-0xd800)<<10 | (low - 0xdc00) + 0x10000, 2 * length
		}
	}
	return utf8.RuneError, length
}
