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

// salvor goes through an array that is not JSON.
type lenientScanner struct {
	text            string
	pos             int // where it is, in the array
	records         []string
	hasValidRecord  bool // one record at least is JSON
	truncated       bool // the array does not end
	hasTrailingText bool // something follows the array
	// budget is how many bytes extent may look at. Where it fails, records are looked for again from the start of the bad one, and a text that
	// is made to fail in every place would take time quadratic in its length. Once the budget is spent, the rest is one bad record.
	scanBudget int
}

// next takes a record, and reports whether to go on.
func (s *lenientScanner) next() bool {
	s.pos++ // over the bracket or the comma
	s.pos += leadingSpace(s.text[s.pos:])
	if s.pos == len(s.text) {
		s.truncated = true
		return false
	}
	if s.text[s.pos] == ']' { // An empty array, or a comma too many, as JavaScript allows it.
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

// ending is how an item ends.
type endKind int

const (
	endFound     endKind = iota
	endMalformed         // nobody can tell where: its quotes or brackets are not where they belong
	endMissing           // the text ends before it
)

// extent returns where the item ends that begins at start: at the comma or the bracket behind it, or at the next record where a comma is
// missing. It matches brackets and strings, and no more of JSON's grammar than tells whether the quotes are where they belong: a bad value
// is passed over, while after a quote too many nothing would be where it seems.
func (s *lenientScanner) itemEnd(start int) (stop int, kind endKind) {
	var openBrackets []byte // the brackets that are open
	previous := byte(',')   // the last byte that was no blank, and the last quote for a string
	itemClosed := false     // an object or array that was the item has ended
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
			openBrackets = append(openBrackets, c+2) // The closing ones are two behind.
		case ',':
			if len(openBrackets) == 0 {
				return i, endFound
			}
		case ']', '}':
			switch {
			case len(openBrackets) == 0 && c == ']':
				return i, endFound
			case len(openBrackets) == 0: // A brace too many: the item is bad, and goes on to the comma.
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
