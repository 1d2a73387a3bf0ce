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
	for {
		n := plainBytes(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		dst, s = appendEscaped(dst, s[n:])
	}
}

// plainBytes returns how many bytes at the beginning of s need no escape. It is a function of its own because nearly all of the time of a
// quotation is spent here, and browsers compile a function anew, at a cost that grows with its size, when its loops have run often.
func plainBytes(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && size == 1) || r == '\u2028' || r == '\u2029' {
			return i
		}
		i += size
	}
	return i
}

// Quote returns s as a JSON string.
func Quote(s string) string { return UnsafeString(AppendQuote(make([]byte, 0, len(s)+2), s)) }

// UnsafeString returns a string that shares its memory with b. Nothing may write to b afterwards. It saves a copy of every event.
func UnsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendEscaped appends the escape of the first character of s, and returns the rest of s.
func appendEscaped(dst []byte, s string) ([]byte, string) {
	r, size := utf8.DecodeRuneInString(s)
	short := r
	switch r {
	case '"', '\\':
	case '\n':
		short = 'n'
	case '\r':
		short = 'r'
	case '\t':
		short = 't'
	default:
		return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15]), s[size:]
	}
	return append(dst, '\\', byte(short)), s[size:]
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
