package ingest

import (
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// salvage takes the records out of an array that is not JSON as a whole, so that one bad record costs no others: Python's json.dumps writes
// NaN and Infinity, templates leave undefined, a quote or a bracket where they do not belong, and a proxy may cut a body off. Every record
// comes out as raw text, the bad ones in their places, so that the check of records can name them. One that is whole there must be, else
// nothing says that these are records at all.
//
// It returns ErrCut with the records where the array does not end. It takes time linear in the text: see budget.
func salvage(text string) ([]string, error) {
	s := salvor{text: text, budget: 4 * len(text)}
	for len(s.records) <= MaxRecords && s.next() {
	}
	switch {
	case len(s.records) > MaxRecords:
		return nil, ErrManyRecords
	case !s.whole || s.trailing:
		return nil, ErrNotJSON
	case s.cut:
		return s.records, ErrCut
	}
	return s.records, nil
}

// salvor goes through an array that is not JSON.
type salvor struct {
	text     string
	at       int // where it is, in the array
	records  []string
	whole    bool // one record at least is JSON
	cut      bool // the array does not end
	trailing bool // something follows the array
	// budget is how many bytes extent may look at. Where it fails, records are looked for again from the start of the bad one, and a text that
	// is made to fail in every place would take time quadratic in its length. Once the budget is spent, the rest is one bad record.
	budget int
}

// next takes a record, and reports whether to go on.
func (s *salvor) next() bool {
	s.at++ // over the bracket or the comma
	s.at += blanks(s.text[s.at:])
	if s.at == len(s.text) {
		s.cut = true
		return false
	}
	if s.text[s.at] == ']' { // An empty array, or a comma too many, as JavaScript allows it.
		s.trailing = blanks(s.text[s.at+1:]) < len(s.text)-s.at-1
		return false
	}
	start := s.at
	stop, how := s.extent(start)
	if how != ends {
		stop = s.resume(start, how)
	}
	record := strings.TrimRight(s.text[start:stop], " \t\r\n")
	s.records = append(s.records, record)
	s.whole = s.whole || record != "" && record[0] == '{' && jsontext.Valid(record)
	if s.at = stop; s.at == len(s.text) {
		s.cut = true
		return false
	}
	switch s.text[s.at] {
	case ']':
		s.trailing = blanks(s.text[s.at+1:]) < len(s.text)-s.at-1
		return false
	case '{': // The comma before this record is missing.
		s.at--
	}
	return true
}

// ending is how an item ends.
type ending int

const (
	ends    ending = iota
	broken         // nobody can tell where: its quotes or brackets are not where they belong
	endless        // the text ends before it
)

// extent returns where the item ends that begins at start: at the comma or the bracket behind it, or at the next record where a comma is
// missing. It matches brackets and strings, and no more of JSON's grammar than tells whether the quotes are where they belong: a bad value
// is passed over, while after a quote too many nothing would be where it seems.
func (s *salvor) extent(start int) (stop int, how ending) {
	var open []byte     // the brackets that are open
	before := byte(',') // the last byte that was no blank, and the last quote for a string
	closed := false     // an object or array that was the item has ended
	for i := start; i < len(s.text); i++ {
		if s.budget--; s.budget < 0 {
			return 0, broken
		}
		c := s.text[i]
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			if strings.IndexByte("{[,:", before) < 0 {
				return 0, broken
			}
			end := stringEnd(s.text, i)
			s.budget -= end - i
			i = end
		case '{', '[':
			if c == '{' && closed && len(open) == 0 {
				return i, ends
			}
			if strings.IndexByte("[,:", before) < 0 || len(open) == jsontext.MaxDepth {
				return 0, broken
			}
			open = append(open, c+2) // The closing ones are two behind.
		case ',':
			if len(open) == 0 {
				return i, ends
			}
		case ']', '}':
			switch {
			case len(open) == 0 && c == ']':
				return i, ends
			case len(open) == 0: // A brace too many: the item is bad, and goes on to the comma.
			case open[len(open)-1] != c:
				return 0, broken
			default:
				open = open[:len(open)-1]
				closed = len(open) == 0
			}
		default:
			if before == '"' && c != ':' {
				return 0, broken
			}
		}
		before = c
	}
	return 0, endless
}

// stringEnd returns the place of the quote that ends the string at i, or the end of the text.
func stringEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(text)
}

// recordKeys are the names that begin what clients send as records.
var recordKeys = [...]string{`"event"`, `"properties"`, `"$token"`, `"$distinct_id"`, `"$group_key"`, `"$group_id"`}

// resume returns where to go on behind a record whose end cannot be told: at what looks like the beginning of the next one, or the end. What
// lies between is the bad record. (A list of events in a property of a bad record may look like records too: it cannot be told.)
func (s *salvor) resume(start int, how ending) int {
	for i := start + 1; s.budget > 0; i++ {
		brace := strings.IndexByte(s.text[min(i, len(s.text)):], '{')
		if brace < 0 {
			break
		}
		s.budget -= brace + 1
		i += brace
		inside := s.text[i+1:]
		inside = inside[blanks(inside):]
		if !begins(inside) {
			continue
		}
		gap := strings.TrimRight(s.text[start:i], " \t\r\n")
		if between := strings.TrimSuffix(gap, ","); len(between) < len(gap) {
			return start + len(between)
		}
		if strings.HasSuffix(gap, "}") {
			return i
		}
	}
	if last := len(s.text) - 1; how == broken && s.budget > 0 && last > start && s.text[last] == ']' {
		return last
	}
	return len(s.text)
}

func begins(inside string) bool {
	for _, key := range recordKeys {
		if strings.HasPrefix(inside, key) {
			return true
		}
	}
	return false
}

func blanks(text string) int {
	return len(text) - len(strings.TrimLeft(text, " \t\r\n"))
}
