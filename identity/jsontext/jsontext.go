// Package jsontext reads and writes JSON as text: it finds the members of objects and the items of arrays, validates, and quotes strings. It
// exists because encoding/json would add 204 KB to the program in the page. It has no Marshal or Unmarshal: values stay raw JSON, so numbers
// are never rounded. Read this file first, then quote.go.
//
// It accepts exactly what encoding/json accepts, down to MaxDepth; FuzzObject compares the two.
package jsontext

// MaxDepth is how deep objects and arrays may nest. The limit keeps hostile input from overflowing the stack.
const MaxDepth = 1000

// SyntaxError says what was expected where a text is not JSON. It is a string, because package errors would add 4 KB to the page.
type SyntaxError string

// Error returns the message, such as "json: expected a value".
func (e SyntaxError) Error() string { return "json: expected " + string(e) }

// Errors of Object and Array.
const (
	ErrObject = SyntaxError("an object")
	ErrArray  = SyntaxError("an array")
	ErrValue  = SyntaxError("a value")
	ErrEnd    = SyntaxError("the end of the text")
	ErrDepth  = SyntaxError("less nesting")
)

// Object calls yield for each member of the object in text, in order, with the unquoted name and the raw value. It stops without an error
// when yield returns false. With a syntax error, it has called yield for the members before it.
func Object(text string, yield func(name, value string) bool) error {
	return eachMember(text, '{', ErrObject, yield)
}

// Array calls yield for each item of the array in text, in order, with the raw value. It stops without an error when yield returns false.
func Array(text string, yield func(value string) bool) error {
	return eachMember(text, '[', ErrArray, func(_, value string) bool { return yield(value) })
}

// Valid reports whether text is one JSON value, with white space around it or not.
func Valid(text string) bool {
	i := skipValue(text, skipSpace(text, 0), 0)
	return i >= 0 && skipSpace(text, i) == len(text)
}

// FirstValue returns the raw JSON value that text begins with, whatever follows it. ok is false if there is none.
func FirstValue(text string) (raw string, ok bool) {
	start := skipSpace(text, 0)
	stop := skipValue(text, start, 0)
	if stop < 0 {
		return "", false
	}
	return text[start:stop], true
}

// TrimSpace returns text without the white space at its beginning and its end. White space is what JSON allows between tokens (RFC 8259):
// space, tab, line feed and carriage return.
func TrimSpace(text string) string {
	end := len(text)
	for end > 0 && isSpace(text[end-1]) {
		end--
	}
	return text[min(skipSpace(text, 0), end):end]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func eachMember(text string, open byte, kind SyntaxError, yield func(name, value string) bool) error {
	i := skipSpace(text, 0)
	if i >= len(text) || text[i] != open {
		return kind
	}
	closing := open + 2 // The codes of '{' and '}', and of '[' and ']', differ by 2.
	i = skipSpace(text, i+1)
	if i < len(text) && text[i] == closing {
		return checkEnd(text, i+1)
	}
	for {
		name := ""
		if open == '{' {
			stop := skipString(text, i)
			if stop < 0 {
				return ErrObject
			}
			name = unquoteContent(text[i+1 : stop-1])
			if i = skipSpace(text, stop); i >= len(text) || text[i] != ':' {
				return ErrObject
			}
			i = skipSpace(text, i+1)
		}
		stop := skipValue(text, i, 1)
		if stop < 0 {
			return ErrValue
		}
		if !yield(name, text[i:stop]) {
			return nil
		}
		i = skipSpace(text, stop)
		if i >= len(text) {
			return kind
		}
		if text[i] == closing {
			return checkEnd(text, i+1)
		}
		if text[i] != ',' {
			return kind
		}
		i = skipSpace(text, i+1)
	}
}

func checkEnd(text string, i int) error {
	if skipSpace(text, i) != len(text) {
		return ErrEnd
	}
	return nil
}

// The functions below take a position in text, and return the position after what they skipped, or -1 if it is not there.

func skipSpace(text string, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

func skipValue(text string, i, depth int) int {
	if i >= len(text) || depth > MaxDepth {
		return -1
	}
	switch text[i] {
	case '"':
		return skipString(text, i)
	case '{':
		return skipNested(text, i, depth+1, true)
	case '[':
		return skipNested(text, i, depth+1, false)
	case 't':
		return skipLiteral(text, i, "true")
	case 'f':
		return skipLiteral(text, i, "false")
	case 'n':
		return skipLiteral(text, i, "null")
	}
	return skipNumber(text, i)
}

func skipNested(text string, i, depth int, object bool) int {
	closing := text[i] + 2
	i = skipSpace(text, i+1)
	if i < len(text) && text[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i = skipString(text, i); i < 0 {
				return -1
			}
			if i = skipSpace(text, i); i >= len(text) || text[i] != ':' {
				return -1
			}
			i = skipSpace(text, i+1)
		}
		if i = skipValue(text, i, depth); i < 0 {
			return -1
		}
		if i = skipSpace(text, i); i >= len(text) {
			return -1
		}
		switch text[i] {
		case closing:
			return i + 1
		case ',':
			i = skipSpace(text, i+1)
		default:
			return -1
		}
	}
}

func skipLiteral(text string, i int, w string) int {
	if len(text)-i < len(w) || text[i:i+len(w)] != w {
		return -1
	}
	return i + len(w)
}

func skipString(text string, i int) int {
	if i >= len(text) || text[i] != '"' {
		return -1
	}
	for i++; i < len(text); i++ {
		if isPlain[text[i]] {
			continue
		}
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			if i = skipEscape(text, i+1); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
	return -1
}

// isPlain says which bytes a string may have without an escape. A table is faster than comparisons, and most of JSON is strings.
var isPlain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// skipEscape skips what follows a backslash. Unlike the others, it returns the position of the last byte that it skipped.
func skipEscape(text string, i int) int {
	if i >= len(text) {
		return -1
	}
	switch text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		if _, ok := parseHex4(text, i+1); ok {
			return i + 4
		}
	}
	return -1
}

func skipNumber(text string, i int) int {
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i = skipDigits(text, i); i < 0 {
		return -1
	}
	if i < len(text) && text[i] == '.' {
		if i = skipDigits(text, i+1); i < 0 {
			return -1
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		return skipDigits(text, i)
	}
	return i
}

func skipDigits(text string, i int) int {
	start := i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func parseHex4(text string, i int) (rune, bool) {
	if len(text)-i < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(text[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
