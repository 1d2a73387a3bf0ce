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
	return members(text, '{', ErrObject, yield)
}

// Array calls yield with each item of the array in text, in order, as raw text. It stops without an error where yield returns false.
func Array(text string, yield func(value string) bool) error {
	return members(text, '[', ErrArray, func(_, value string) bool { return yield(value) })
}

// Valid reports whether text is one JSON value.
func Valid(text string) bool {
	i := value(text, space(text, 0), 0)
	return i >= 0 && space(text, i) == len(text)
}

// Prefix returns the JSON value that text begins with, as raw text.
func Prefix(text string) (raw string, ok bool) {
	start := space(text, 0)
	stop := value(text, start, 0)
	if stop < 0 {
		return "", false
	}
	return text[start:stop], true
}

func members(text string, open byte, kind SyntaxError, yield func(name, value string) bool) error {
	i := space(text, 0)
	if i >= len(text) || text[i] != open {
		return kind
	}
	closing := open + 2 // '{' and '}', '[' and ']' are two apart
	i = space(text, i+1)
	if i < len(text) && text[i] == closing {
		return end(text, i+1)
	}
	for {
		name := ""
		if open == '{' {
			stop := str(text, i)
			if stop < 0 {
				return ErrObject
			}
			name = unquoted(text[i+1 : stop-1])
			if i = space(text, stop); i >= len(text) || text[i] != ':' {
				return ErrObject
			}
			i = space(text, i+1)
		}
		stop := value(text, i, 1)
		if stop < 0 {
			return ErrValue
		}
		if !yield(name, text[i:stop]) {
			return nil
		}
		i = space(text, stop)
		if i >= len(text) {
			return kind
		}
		if text[i] == closing {
			return end(text, i+1)
		}
		if text[i] != ',' {
			return kind
		}
		i = space(text, i+1)
	}
}

func end(text string, i int) error {
	if space(text, i) != len(text) {
		return ErrEnd
	}
	return nil
}

// The functions below take a position and return the one behind what they read, or -1.

func space(text string, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

func value(text string, i, depth int) int {
	if i >= len(text) || depth > MaxDepth {
		return -1
	}
	switch text[i] {
	case '"':
		return str(text, i)
	case '{':
		return nested(text, i, depth+1, true)
	case '[':
		return nested(text, i, depth+1, false)
	case 't':
		return word(text, i, "true")
	case 'f':
		return word(text, i, "false")
	case 'n':
		return word(text, i, "null")
	}
	return number(text, i)
}

func nested(text string, i, depth int, object bool) int {
	closing := text[i] + 2
	i = space(text, i+1)
	if i < len(text) && text[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i = str(text, i); i < 0 {
				return -1
			}
			if i = space(text, i); i >= len(text) || text[i] != ':' {
				return -1
			}
			i = space(text, i+1)
		}
		if i = value(text, i, depth); i < 0 {
			return -1
		}
		if i = space(text, i); i >= len(text) {
			return -1
		}
		switch text[i] {
		case closing:
			return i + 1
		case ',':
			i = space(text, i+1)
		default:
			return -1
		}
	}
}

func word(text string, i int, w string) int {
	if len(text)-i < len(w) || text[i:i+len(w)] != w {
		return -1
	}
	return i + len(w)
}

func str(text string, i int) int {
	if i >= len(text) || text[i] != '"' {
		return -1
	}
	for i++; i < len(text); i++ {
		if plain[text[i]] {
			continue
		}
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			if i = escape(text, i+1); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
	return -1
}

// plain are the bytes that stand for themselves in a string. One look at a table per byte: strings are most of what is read here.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// escape reads what follows a backslash, and returns the position of its last byte.
func escape(text string, i int) int {
	if i >= len(text) {
		return -1
	}
	switch text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		if _, ok := hex4(text, i+1); ok {
			return i + 4
		}
	}
	return -1
}

func number(text string, i int) int {
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i = digits(text, i); i < 0 {
		return -1
	}
	if i < len(text) && text[i] == '.' {
		if i = digits(text, i+1); i < 0 {
			return -1
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		return digits(text, i)
	}
	return i
}

func digits(text string, i int) int {
	start := i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func hex4(text string, i int) (rune, bool) {
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
