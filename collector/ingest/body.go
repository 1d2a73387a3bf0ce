// Package ingest understands what Mixpanel's clients send: it turns request bodies into events and profile updates, and says of each
// record that is no good what is wrong with it.
package ingest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// Errors of Records and Data: what is wrong with a request as a whole.
var (
	ErrNoData         = errors.New("there is no data: send JSON, or a form field data with JSON or base64 of it")
	ErrNotJSON        = errors.New("the data is neither JSON nor base64 of JSON (which may nest 1000 deep)")
	ErrBadGzip        = errors.New("the data is gzip that cannot be unpacked")
	ErrTooLarge       = fmt.Errorf("the data is larger than %d bytes", MaxBody)
	ErrTooManyRecords = fmt.Errorf("more than %d records in one request", MaxRecords)
	// ErrCut comes with the records that there are, the last of which may be half a one.
	ErrTruncated = errors.New("the data ends in the middle: what came whole was stored, send all of it again")
)

// Records takes the records out of a body, whatever its Content-Type says: JSON, an array of it, or one a line; a form with a field data;
// gzip of any of these. Records are raw text, not yet known to be JSON: a broken one is no reason to refuse the others.
func Records(body string) ([]string, error) {
	text, err := normalize(body)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, ErrNoData
	}
	if isJSON(text) {
		return splitRecords(text)
	}
	data, ok := FormField(text, "data")
	if !ok {
		return nil, ErrNoData
	}
	return Data(data)
}

// Data takes the records out of the value of a field data: JSON, or base64 of it, or either packed with gzip.
func Data(data string) ([]string, error) {
	text, err := normalize(data)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, ErrNoData
	}
	if isJSON(text) {
		return splitRecords(text)
	}
	decoded, ok := decodeBase64(text)
	if !ok {
		return nil, ErrNotJSON
	}
	if text, err = normalize(decoded); err != nil {
		return nil, err
	}
	if !isJSON(text) {
		return nil, ErrNotJSON
	}
	return splitRecords(text)
}

// plain unpacks gzip, which its first bytes tell better than headers do, and takes off what may stand around JSON.
func normalize(text string) (string, error) {
	if isGzip(text) {
		decompressed, err := gunzip(text)
		if err != nil {
			return "", err
		}
		text = decompressed
	}
	return strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")), nil
}

func isJSON(text string) bool { return text != "" && (text[0] == '[' || text[0] == '{') }

// split takes an array apart, or one object a line.
func splitRecords(text string) ([]string, error) {
	switch {
	case text[0] == '[':
		return splitArray(text)
	case jsontext.Valid(text): // One object, perhaps over several lines.
		return []string{text}, nil
	}
	return splitLines(text)
}

// lines takes one record a line. A broken one, be it the first, is no reason to refuse the others; none that is whole is.
func splitLines(text string) ([]string, error) {
	var records []string
	hasValidRecord := false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(line), ",") // of an array without its brackets
		if line == "" {
			continue
		}
		if records = append(records, line); len(records) > MaxRecords {
			return nil, ErrTooManyRecords
		}
		hasValidRecord = hasValidRecord || line[0] == '{' && jsontext.Valid(line)
	}
	if !hasValidRecord {
		return nil, ErrNotJSON
	}
	return records, nil
}

func splitArray(text string) ([]string, error) {
	var records []string
	err := jsontext.Array(text, func(item string) bool {
		records = append(records, item)
		return len(records) <= MaxRecords
	})
	switch {
	case len(records) > MaxRecords:
		return nil, ErrTooManyRecords
	case err != nil:
		return lenientItems(text)
	}
	return records, nil
}
