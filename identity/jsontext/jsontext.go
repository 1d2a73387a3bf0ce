// Package jsontext is just enough JSON for a program in which encoding/json is too heavy: it finds the members of an object and the
// items of an array as raw text, checks grammar, and quotes strings. Numbers stay text, so none is ever rounded.
//
// What it accepts is what encoding/json accepts (a fuzz test holds that).
package jsontext

// MaxDepth is how deep objects and arrays may nest, so that no input overflows the stack.
const MaxDepth = 1000

// SyntaxError tells what a text that is not JSON should have had. It is a string, because package errors costs bytes in a page.
type SyntaxError string

// Error returns the message.
func (e SyntaxError) Error() string { return "json: expected " + string(e) }

// Errors of Object, Array and Check.
const (
	ErrObject = SyntaxError("an object")
	ErrArray  = SyntaxError("an array")
	ErrValue  = SyntaxError("a value")
	ErrEnd    = SyntaxError("the end of the text")
	ErrDepth  = SyntaxError("less nesting")
)

// Object calls yield with each member of the object in text, in order: its name, unquoted, and its value as raw text. It stops
// without an error where yield returns false. Members before a syntax error are yielded all the same.
func Object(text string, yield func(name, value string) bool) error {
	return eachMember(text, '{', ErrObject, yield)
}

// Array calls yield with each item of the array in text, in order, as raw text. It stops without an error where yield returns false.
func Array(text string, yield func(value string) bool) error {
	return eachMember(text, '[', ErrArray, func(_, value string) bool { return yield(value) })
}

// Valid reports whether text is one JSON value.
func Valid(text string) bool {
	i := skipValue(text, skipSpace(text, 0), 0)
	return i >= 0 && skipSpace(text, i) == len(text)
}

// Prefix returns the JSON value that text begins with, as raw text.
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
	closing := open + 2 // '{' and '}', '[' and ']' are two apart
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

// The functions below take a position and return the one behind what they read, or -1.

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

// plain are the bytes that stand for themselves in a string. One look at a table per byte: strings are most of what is read here.
var isPlain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// escape reads what follows a backslash, and returns the position of its last byte.
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
