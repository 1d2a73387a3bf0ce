package ingest

import (
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// lenientItems returns the records of an array that is not valid JSON, so that one bad record does not cost the others. Such arrays come
// from Python's json.dumps (NaN, Infinity), from templates (undefined, stray quotes and brackets) and from proxies that cut a body. Every
// record is returned as raw text, the bad ones in their places, so that validation can name them. At least one must be valid, otherwise
// nothing says that these are records at all.
//
// It returns ErrTruncated with the records if the array does not end. It takes time linear in the length of the text: see scanBudget.
func lenientItems(text string) ([]string, error) {
	s := lenientScanner{text: text, scanBudget: 4 * len(text)}
	for len(s.records) <= MaxRecords && s.next() {
	}
	switch {
	case len(s.records) > MaxRecords:
		return nil, ErrTooManyRecords
	case !s.hasValidRecord || s.hasTrailingText:
		return nil, ErrNotJSON
	case s.truncated:
		return s.records, ErrTruncated
	}
	return s.records, nil
}

// lenientScanner reads an array that is not valid JSON.
type lenientScanner struct {
	text            string
	pos             int // offset of the bracket, comma or item that is read next
	records         []string
	hasValidRecord  bool // at least one record is valid JSON
	truncated       bool // the array does not end
	hasTrailingText bool // text follows the end of the array
	// scanBudget limits how many bytes are looked at. After a record whose end cannot be found, the search for the next record begins at
	// its start again, and a text that fails everywhere would take quadratic time. When the budget is spent, the rest of the text is one
	// bad record.
	scanBudget int
}

// next reads one record, and reports whether there are more.
func (s *lenientScanner) next() bool {
	s.pos++ // skips the bracket or the comma
	s.pos += leadingSpace(s.text[s.pos:])
	if s.pos == len(s.text) {
		s.truncated = true
		return false
	}
	if s.text[s.pos] == ']' { // This is an empty array, or a trailing comma as JavaScript allows it.
		s.hasTrailingText = leadingSpace(s.text[s.pos+1:]) < len(s.text)-s.pos-1
		return false
	}
	start := s.pos
	stop, kind := s.itemEnd(start)
	if kind != endFound {
		stop = s.findNextRecord(start, kind)
	}
	record := strings.TrimRight(s.text[start:stop], " \t\r\n")
	s.records = append(s.records, record)
	s.hasValidRecord = s.hasValidRecord || record != "" && record[0] == '{' && jsontext.Valid(record)
	if s.pos = stop; s.pos == len(s.text) {
		s.truncated = true
		return false
	}
	switch s.text[s.pos] {
	case ']':
		s.hasTrailingText = leadingSpace(s.text[s.pos+1:]) < len(s.text)-s.pos-1
		return false
	case '{': // The comma before this record is missing.
		s.pos--
	}
	return true
}

// endKind tells how the end of an item was found.
type endKind int

const (
	endFound     endKind = iota
	endMalformed         // its end cannot be found: quotes or brackets are not where they belong
	endMissing           // the text ends before the item does
)

// itemEnd returns where the item that begins at start ends: at the comma or bracket behind it, or at the next record if the comma is
// missing. It matches brackets and strings, and checks only that quotes are where they belong: a bad value does no harm, but after one
// quote too many every bracket might be part of a string.
func (s *lenientScanner) itemEnd(start int) (stop int, kind endKind) {
	var openBrackets []byte // the brackets that are open, as their closing counterparts
	previous := byte(',')   // the last byte that was not white space; a quote for a string
	itemClosed := false     // the item was an object or array, and it has ended
	for i := start; i < len(s.text); i++ {
		if s.scanBudget--; s.scanBudget < 0 {
			return 0, endMalformed
		}
		c := s.text[i]
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			if strings.IndexByte("{[,:", previous) < 0 {
				return 0, endMalformed
			}
			end := stringEnd(s.text, i)
			s.scanBudget -= end - i
			i = end
		case '{', '[':
			if c == '{' && itemClosed && len(openBrackets) == 0 {
				return i, endFound
			}
			if strings.IndexByte("[,:", previous) < 0 || len(openBrackets) == jsontext.MaxDepth {
				return 0, endMalformed
			}
			openBrackets = append(openBrackets, c+2) // In ASCII the closing bracket is the opening one plus two.
		case ',':
			if len(openBrackets) == 0 {
				return i, endFound
			}
		case ']', '}':
			switch {
			case len(openBrackets) == 0 && c == ']':
				return i, endFound
			case len(openBrackets) == 0: // A superfluous brace makes the item bad; it goes on to the comma.
			case openBrackets[len(openBrackets)-1] != c:
				return 0, endMalformed
			default:
				openBrackets = openBrackets[:len(openBrackets)-1]
				itemClosed = len(openBrackets) == 0
			}
		default:
			if previous == '"' && c != ':' {
				return 0, endMalformed
			}
		}
		previous = c
	}
	return 0, endMissing
}

// stringEnd returns the position of the quote that ends the string at i, or the end of the text.
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

// recordKeys are the keys with which the records of clients begin.
var recordKeys = [...]string{`"event"`, `"properties"`, `"$token"`, `"$distinct_id"`, `"$group_key"`, `"$group_id"`}

// findNextRecord returns where to continue after a record whose end cannot be found: at what looks like the beginning of the next record,
// or at the end. What lies between is the bad record. (A list of events in a property of a bad record cannot be told from records.)
func (s *lenientScanner) findNextRecord(start int, kind endKind) int {
	for i := start + 1; s.scanBudget > 0; i++ {
		brace := strings.IndexByte(s.text[min(i, len(s.text)):], '{')
		if brace < 0 {
			break
		}
		s.scanBudget -= brace + 1
		i += brace
		inside := s.text[i+1:]
		inside = inside[leadingSpace(inside):]
		if !startsLikeRecord(inside) {
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
	if last := len(s.text) - 1; kind == endMalformed && s.scanBudget > 0 && last > start && s.text[last] == ']' {
		return last
	}
	return len(s.text)
}

func startsLikeRecord(inside string) bool {
	for _, key := range recordKeys {
		if strings.HasPrefix(inside, key) {
			return true
		}
	}
	return false
}

func leadingSpace(text string) int {
	return len(text) - len(strings.TrimLeft(text, " \t\r\n"))
}
