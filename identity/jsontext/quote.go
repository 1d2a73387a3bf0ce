package jsontext

import (
	"unicode/utf8"
	"unsafe"
)

const hexDigits = "0123456789abcdef"

// AppendQuote appends s to dst as a JSON string and returns the extended slice. Invalid UTF-8 becomes U+FFFD. U+2028 and U+2029 are
// escaped, because they are line breaks in older JavaScript, into which JSON may be pasted. encoding/json does the same.
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

// UnsafeString returns a string that shares its memory with b. Nothing may write to b afterwards. It saves a copy of every event.
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

// Unquote returns the value of raw, a JSON string. ok is false if raw is anything else. Half a surrogate pair and invalid UTF-8 become
// U+FFFD, as in encoding/json. It allocates only if there are escapes.
func Unquote(raw string) (s string, ok bool) {
	if skipString(raw, 0) != len(raw) {
		return "", false
	}
	return unquoteContent(raw[1 : len(raw)-1]), true
}

// unquoteContent returns the value of a valid JSON string, given what is between its quotes.
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

// unescapeRune decodes \uXXXX, or two of them that form a surrogate pair. It returns the rune and the length of the escapes in bytes.
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
