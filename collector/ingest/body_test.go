package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	firstRecord  = `{"event":"Bought","properties":{"token":"t","distinct_id":"jane","note":"50% +&= ünï"}}`
	secondRecord = `{"event":"Left","properties":{"token":"t","distinct_id":"jane"}}`
	array        = "[" + firstRecord + "," + secondRecord + "]"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	_, err := packer.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, packer.Close())
	return packed.String()
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// The bodies that Mixpanel's clients send, and what proxies and encoders do to them.
func TestRecords(t *testing.T) {
	both := []string{firstRecord, secondRecord}
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{"JSON of one event", firstRecord, []string{firstRecord}},
		{"JSON of several", array, both},
		{"an empty list", "[]", nil},
		{"JSON over several lines", "{\n\"event\": \"x\"\n}", []string{"{\n\"event\": \"x\"\n}"}},
		{"spaces around", "\r\n " + array + "\n", both},
		{"a byte order mark", "\ufeff" + array, both},
		{"browser: XHR, form with JSON", "data=" + url.QueryEscape(array), both},
		{"browser: beacon, form as text/plain with encodeURIComponent", "data=" + strings.ReplaceAll(url.QueryEscape(array), "+", "%20"), both},
		{"browser: base64, fields around", "verbose=1&data=" + url.QueryEscape(base64Of(array)) + "&ip=1&_=1700000000000", both},
		{"base64 that nobody escaped, its pluses taken for spaces", "data=" + base64Of(array), both},
		{"base64 without padding", "data=" + strings.TrimRight(base64Of(firstRecord), "="), []string{firstRecord}},
		{"base64 in the alphabet for URLs", "data=" + base64.RawURLEncoding.EncodeToString([]byte(array)), both},
		{"base64 in lines", "data=" + url.QueryEscape(base64Of(array)[:60]+"\r\n"+base64Of(array)[60:]), both},
		{"node: base64 in a form", "data=" + url.QueryEscape(base64Of(firstRecord)) + "&verbose=0", []string{firstRecord}},
		{"python: gzip of JSON", gzipped(t, array), both},
		{"gzip of a form", gzipped(t, "data="+url.QueryEscape(array)), both},
		{"a form with base64 of gzip", "data=" + url.QueryEscape(base64Of(gzipped(t, array))), both},
		{"gzip in two members", gzipped(t, "["+firstRecord+",") + gzipped(t, secondRecord+"]"), both},
		{"one a line", firstRecord + "\n" + secondRecord, both},
		{"one a line, Windows' line ends, empty lines", firstRecord + "\r\n\r\n" + secondRecord + "\r\n", both},
		{"one a line, packed", gzipped(t, firstRecord+"\n"+secondRecord+"\n"), both},
		{"a broken line is for the one who sent it", firstRecord + "\n{\"event\":\n" + secondRecord, []string{firstRecord, `{"event":`, secondRecord}},
		{"be it the first", "{\"event\":\n" + secondRecord, []string{`{"event":`, secondRecord}},
		{"elements that are no objects are for the check of records", `[1,"x",null]`, []string{"1", `"x"`, "null"}},
		{"the first data counts", "data=" + url.QueryEscape(firstRecord) + "&data=" + url.QueryEscape(secondRecord), []string{firstRecord}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Records(test.body, nil)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestRecordsRefused(t *testing.T) {
	packed := gzipped(t, array)
	many := "[" + strings.Repeat("{},", MaxRecords) + "{}]"
	for _, test := range []struct {
		name, body string
		want       error
	}{
		{"nothing", "", ErrNoData},
		{"spaces", " \r\n", ErrNoData},
		{"a form without data", "verbose=1&ip=1", ErrNoData},
		{"a form with empty data", "data=&verbose=1", ErrNoData},
		{"a field that only ends in data", "metadata=" + url.QueryEscape(firstRecord), ErrNoData},
		{"a word", "hello", ErrNoData},
		{"a number as data", "data=123", ErrNotJSON},
		{"base64 of a word", "data=" + base64Of("hello"), ErrNotJSON},
		{"base64 of base64", "data=" + url.QueryEscape(base64Of(base64Of(firstRecord))), ErrNotJSON},
		{"half a record", array[:len(firstRecord)/2], ErrNotJSON},
		{"half an object", firstRecord[:len(firstRecord)-1], ErrNotJSON},
		{"half an object over several lines", "{\n\"event\": \"x\",\n\"properties\": {}\n", ErrNotJSON},
		{"two broken lines", "{\"event\":\n{\"event\":\n", ErrNotJSON},
		{"something after the array", array + "x", ErrNotJSON},
		{"two arrays", array + "\n" + array, ErrNotJSON},
		{"nested too deep", strings.Repeat("[", 2000) + strings.Repeat("]", 2000), ErrNotJSON},
		{"half a gzip", packed[:len(packed)/2], ErrBadGzip},
		{"gzip without its check sum", packed[:len(packed)-8], ErrBadGzip},
		{"gzip with a flipped bit", packed[:len(packed)-6] + string(packed[len(packed)-6]^1) + packed[len(packed)-5:], ErrBadGzip},
		{"only gzip's first bytes", "\x1f\x8b\x08", ErrBadGzip},
		{"gzip of nothing", gzipped(t, ""), ErrNoData},
		{"a small body that unpacks to much", gzipped(t, strings.Repeat(" ", MaxBody+1)), ErrTooLarge},
		{"the same in base64", "data=" + url.QueryEscape(base64Of(gzipped(t, strings.Repeat(" ", MaxBody+1)))), ErrTooLarge},
		{"too many records", many, ErrTooManyRecords},
		{"too many lines", strings.Repeat("{}\n", MaxRecords+1), ErrTooManyRecords},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Records(test.body, nil)
			assert.Empty(t, got)
			require.ErrorIs(t, err, test.want)
			assert.NotContains(t, err.Error(), "\n", "it is one line")
		})
	}
}

func TestMaxRecords(t *testing.T) {
	for name, body := range map[string]string{
		"array": "[" + strings.Repeat("{},", MaxRecords-1) + "{}]",
		"lines": strings.Repeat("{}\n", MaxRecords),
		"gzip":  gzipped(t, strings.Repeat("{}\n", MaxRecords)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Records(body, nil)
			require.NoError(t, err)
			assert.Len(t, got, MaxRecords)
		})
	}
}

// Bad gzip must not break the pooled reader that the next request gets.
func TestGzipReadersAreReusable(t *testing.T) {
	packed := gzipped(t, array)
	for range 20 {
		_, err := Records(packed[:len(packed)-3], nil)
		require.ErrorIs(t, err, ErrBadGzip)
		_, err = Records("\x1f\x8bxx", nil)
		require.ErrorIs(t, err, ErrBadGzip)
		got, err := Records(packed, nil)
		require.NoError(t, err)
		require.Equal(t, []string{firstRecord, secondRecord}, got)
	}
}

func TestFormField(t *testing.T) {
	for _, test := range []struct {
		form, want string
		found      bool
	}{
		{"data=a", "a", true},
		{"x=1&data=a%20b+c", "a b c", true},
		{"data=", "", true},
		{"data", "", true},
		{"data=a=b", "a=b", true},
		{"data=100%", "100%", true},
		{"data=a;b&x=1", "a;b", true},
		{"Data=a", "", false},
		{"x=data", "", false},
		{"", "", false},
	} {
		t.Run(test.form, func(t *testing.T) {
			got, found := FormField(test.form, "data")
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.found, found)
		})
	}
}
