// Package ingest parses what Mixpanel's clients send: it turns request bodies into events and profile updates, and reports for each invalid
// record what is wrong with it. It knows neither HTTP nor the database. Read Records for the body, Events for the records; lenient_array.go
// handles arrays that are not valid JSON.
package ingest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/identity/jsontext"
)

// Errors of Records and Data: what is wrong with a request as a whole.
var (
	ErrNoData         = errors.New("there is no data: send JSON, or a form field data with JSON or base64 of it")
	ErrNotJSON        = errors.New("the data is neither JSON nor base64 of JSON (which may nest 1000 deep)")
	ErrBadGzip        = errors.New("the data is gzip that cannot be unpacked")
	ErrTooLarge       = fmt.Errorf("the data is larger than %d bytes", MaxBody)
	ErrTooManyRecords = fmt.Errorf("more than %d records in one request", MaxRecords)
	// ErrTruncated is returned together with the records that arrived, the last of which may be incomplete.
	ErrTruncated = errors.New("the data ends in the middle: what came whole was stored, send all of it again")
)

// Records returns the records of a body, whatever its Content-Type says: JSON, an array of JSON, one JSON object per line, a form with a
// field data, or gzip of any of these. Records are raw text that need not be valid JSON, because one broken record is no reason to refuse
// the others.
//
// The body is already reserved. Each step reserves what it makes, and gives back what that was made from; where there is not enough memory
// the error is one of package memory.
func Records(body string, reserved *memory.Reservation) ([]string, error) {
	return jsonRecords(body, reserved, formRecords)
}

// Data returns the records in the value of a form field data: JSON, base64 of JSON, or gzip of either. data is already reserved.
func Data(data string, reserved *memory.Reservation) ([]string, error) {
	return jsonRecords(data, reserved, base64Records)
}

type recordsFunc func(text string, reserved *memory.Reservation) ([]string, error)

// jsonRecords returns the records of text that is JSON or gzip of JSON. Any other text is passed to otherwise, decompressed.
func jsonRecords(text string, reserved *memory.Reservation, otherwise recordsFunc) ([]string, error) {
	text, err := normalize(text, reserved)
	switch {
	case err != nil:
		return nil, err
	case isJSON(text):
		return splitRecords(text)
	}
	return otherwise(text, reserved)
}

func formRecords(form string, reserved *memory.Reservation) ([]string, error) {
	if err := reserved.Reserve(len(form)); err != nil {
		return nil, err
	}
	data, ok := FormField(form, "data")
	if !ok {
		return nil, ErrNoData
	}
	reserved.Release(2*len(form) - len(data))
	return Data(data, reserved)
}

func base64Records(text string, reserved *memory.Reservation) ([]string, error) {
	if text == "" {
		return nil, ErrNoData
	}
	decoded, err := decodeBase64(text, reserved)
	if err != nil {
		return nil, err
	}
	return jsonRecords(decoded, reserved, func(string, *memory.Reservation) ([]string, error) { return nil, ErrNotJSON })
}

// normalize decompresses gzip and removes white space and a byte order mark. It goes by the first bytes, because clients and proxies set
// Content-Encoding wrongly.
func normalize(text string, reserved *memory.Reservation) (string, error) {
	if isGzip(text) {
		decompressed, err := gunzip(text, reserved)
		if err != nil {
			return "", err
		}
		text = decompressed
	}
	return strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")), nil
}

func isJSON(text string) bool { return text != "" && (text[0] == '[' || text[0] == '{') }

// splitRecords splits an array, or text with one object per line.
func splitRecords(text string) ([]string, error) {
	switch {
	case text[0] == '[':
		return splitArray(text)
	case jsontext.Valid(text): // This is one object, which may span several lines.
		return []string{text}, nil
	}
	return splitLines(text)
}

// splitLines returns one record per line. A broken line is no reason to refuse the others, but at least one must be valid JSON.
func splitLines(text string) ([]string, error) {
	var records []string
	hasValidRecord := false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(line), ",") // left over from an array without its brackets
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
