package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// MaxRecords is how many records one request may have: Mixpanel's limit for /import, which is its largest.
const MaxRecords = 2000

// Errors of Records.
var (
	ErrNoData      = errors.New("there is no data: send JSON, or a form field data with JSON or base64 in it")
	ErrNotJSON     = errors.New("the data is neither JSON nor base64 of JSON")
	ErrManyRecords = fmt.Errorf("more than %d records in one request", MaxRecords)
	ErrTooLarge    = errors.New("the body is too large")
	ErrBadGzip     = errors.New("the body says gzip, but cannot be unpacked")
)

// Records takes the records out of a body, whatever form it has: JSON, an array of it or one a line; a form with data=; gzip of any of
// these. limit is the most bytes that the unpacked body may have.
func Records(body []byte, limit int64) ([]string, error) {
	if len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b { // gzip, whether or not a header says so
		unpacked, err := unpack(body, limit)
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	text := strings.TrimSpace(string(body))
	if text == "" {
		return nil, ErrNoData
	}
	if text[0] == '[' || text[0] == '{' {
		return split(text)
	}
	data, ok := formField(text, "data")
	if !ok {
		return nil, ErrNoData
	}
	return Data(data)
}

// Data takes the records out of the value of a data field: JSON, or base64 of it.
func Data(data string) ([]string, error) {
	data = strings.TrimSpace(data)
	if data == "" {
		return nil, ErrNoData
	}
	if data[0] != '[' && data[0] != '{' {
		decoded, err := decodeBase64(data)
		if err != nil {
			return nil, ErrNotJSON
		}
		data = strings.TrimSpace(decoded)
	}
	return split(data)
}

func unpack(body []byte, limit int64) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, ErrBadGzip
	}
	unpacked, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err != nil {
		return nil, ErrBadGzip
	}
	if int64(len(unpacked)) > limit {
		return nil, ErrTooLarge
	}
	return unpacked, nil
}

// formField finds a field of a form. It is more patient than net/url, which refuses a whole form for a stray semicolon or percent.
func formField(form, name string) (string, bool) {
	for _, pair := range strings.Split(form, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != name {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			return decoded, true
		}
		return value, true
	}
	return "", false
}

func decodeBase64(data string) (string, error) {
	data = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\n", "", "\r", "").Replace(data)
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(data, "="))
	return string(decoded), err
}

// split takes an array apart, or one object a line.
func split(text string) ([]string, error) {
	var records []string
	if text != "" && text[0] == '[' {
		err := jsontext.Array(text, func(value string) bool {
			records = append(records, value)
			return len(records) <= MaxRecords
		})
		if err != nil {
			return nil, ErrNotJSON
		}
	} else if jsontext.Valid(text) {
		records = []string{text}
	} else {
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if !jsontext.Valid(line) {
				return nil, ErrNotJSON
			}
			records = append(records, line)
		}
	}
	if len(records) > MaxRecords {
		return nil, ErrManyRecords
	}
	return records, nil
}
