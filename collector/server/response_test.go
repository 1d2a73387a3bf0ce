package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	contentTypeForm = "application/x-www-form-urlencoded"
	contentTypeText = "text/plain; charset=utf-8"
	contentTypeJS   = "text/javascript; charset=utf-8"
	contentTypeJSON = "application/json"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// The requests of each kind of client, and the responses they expect.
func TestResponses(t *testing.T) {
	h := startCollector(t, options{})
	const good, bad = `{"event":"E","properties":{"token":"t","distinct_id":"d"}}`, `{"event":"E","properties":{"distinct_id":"d"}}`
	b64 := base64.StdEncoding.EncodeToString([]byte(good))
	const why = "record 0: properties.token: the event has no project token"
	const noJSON, cut = "the record is not a JSON object", "the data ends in the middle: what came whole was stored, send all of it again"
	const whyJSON = `{"status":0,"error":"` + why + `","num_good_events":0,"failed_records":[{"index":0,"$insert_id":"","field":"properties.token","message":"the event has no project token"}]}`
	for _, test := range []struct {
		name, method, path, contentType, body string
		status                                int
		answerType, answer                    string
		stored                                int
	}{
		{"browser, XHR", "POST", "/track/?verbose=1&ip=1&_=1700000000000", contentTypeForm, "data=" + url.QueryEscape("["+good+"]"), 200, contentTypeJSON, `{"status":1,"error":null}`, 1},
		{"browser, XHR, not verbose", "POST", "/track/?ip=1", contentTypeForm, "data=" + url.QueryEscape(good), 200, contentTypeText, "1", 1},
		{"browser, beacon", "POST", "/track/?ip=1&verbose=1&_=1", "text/plain;charset=UTF-8", "data=" + url.QueryEscape("["+good+","+good+"]"), 200, contentTypeJSON, `{"status":1,"error":null}`, 2},
		{"browser, img", "GET", "/track/?data=" + url.QueryEscape(b64) + "&ip=1&img=1", "", "", 200, "image/gif", "GIF", 1},
		{"browser, JSONP", "GET", "/track/?callback=mixpanel._jsc%5B12%5D&verbose=1&data=" + url.QueryEscape(b64), "", "", 200, contentTypeJS, `mixpanel._jsc[12]({"status":1,"error":null});`, 1},
		{"JSONP, not verbose", "GET", "/track?callback=f&data=" + url.QueryEscape(good), "", "", 200, contentTypeJS, "f(1);", 1},
		{"node", "POST", "/track", contentTypeForm, "data=" + url.QueryEscape(b64) + "&verbose=0", 200, contentTypeText, "1", 1},
		{"curl", "POST", "/track", contentTypeJSON, good, 200, contentTypeText, "1", 1},
		{"GET without a slash", "GET", "/track?data=" + url.QueryEscape(b64), "", "", 200, contentTypeText, "1", 1},
		{"a POST with its data in the address", "POST", "/track?data=" + url.QueryEscape(b64), "", "", 200, contentTypeText, "1", 1},
		{"packed, without saying so", "POST", "/track", contentTypeJSON, gzipped(good), 200, contentTypeText, "1", 1},
		{"a profile", "POST", "/engage/", contentTypeForm, "data=" + url.QueryEscape(`{"$token":"t","$distinct_id":"d","$set":{"a":1}}`), 200, contentTypeText, "1", 0},
		{"a profile, verbose", "POST", "/engage?verbose=1", contentTypeJSON, `[{"$token":"t","$distinct_id":"d","$set":{"a":1}}]`, 200, contentTypeJSON, `{"status":1,"error":null}`, 0},
		{"a group", "POST", "/groups", contentTypeJSON, `[{"$token":"t","$group_key":"k","$group_id":"g","$set":{"a":1}}]`, 200, contentTypeText, "1", 0},
		{"nothing in the list", "POST", "/track?verbose=1", contentTypeJSON, `[]`, 200, contentTypeJSON, `{"status":1,"error":null}`, 0},

		{"no token", "POST", "/track", contentTypeJSON, bad, 400, contentTypeText, "0", 0},
		{"no token, verbose", "POST", "/track?verbose=1", contentTypeJSON, bad, 400, contentTypeJSON, whyJSON, 0},
		{"one of two is bad", "POST", "/track", contentTypeJSON, "[" + bad + "," + good + "]", 400, contentTypeText, "0", 1},
		{"no token, img", "GET", "/track?img=1&data=" + url.QueryEscape(bad), "", "", 400, "image/gif", "GIF", 0},
		{"no token, JSONP: a script runs with 200 only", "GET", "/track?callback=f&data=" + url.QueryEscape(bad), "", "", 200, contentTypeJS, "f(0);", 0},
		{"a callback that is a program", "GET", "/track?callback=alert(1)//&data=" + url.QueryEscape(good), "", "", 400, contentTypeText, "the callback is not the name of a function", 0},
		{"a callback that is a program, verbose", "GET", "/track?verbose=1&callback=alert(1)//&data=" + url.QueryEscape(good), "", "", 400, contentTypeJSON, `{"status":0,"error":"the callback is not the name of a function","refused":"request"}`, 0},
		{"a comma behind the last", "POST", "/track?verbose=1", contentTypeJSON, "[" + good + ",]", 200, contentTypeJSON, `{"status":1,"error":null}`, 1},
		{"one of two has a NaN", "POST", "/track?verbose=1", contentTypeForm, "data=" + url.QueryEscape(`[{"event":"E","properties":{"token":"t","x":NaN}},`+good+"]"), 400, contentTypeJSON, `{"status":0,"error":"record 0: ` + noJSON + `","num_good_events":1,"failed_records":[{"index":0,"$insert_id":"","field":"","message":"` + noJSON + `"}]}`, 1},
		{"cut in the second: what may have followed, nobody knows", "POST", "/track?verbose=1", contentTypeForm, "data=" + url.QueryEscape("["+good+`,{"event":"E`), 400, contentTypeJSON, `{"status":0,"error":"` + cut + `","refused":"request","num_good_events":1,"failed_records":[{"index":1,"$insert_id":"","field":"","message":"` + noJSON + `"}]}`, 1},
		{"cut behind the first", "POST", "/track?verbose=1", contentTypeJSON, "[" + good, 400, contentTypeJSON, `{"status":0,"error":"` + cut + `","refused":"request","num_good_events":1}`, 1},
		{"cut, not verbose", "POST", "/track", contentTypeJSON, "[" + good, 400, contentTypeText, "0", 1},
		{"a POST that a redirect made a GET", "GET", "/track/?verbose=1&ip=1&_=1700000000000", "", "", 400, contentTypeJSON, `{"status":0,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","refused":"request"}`, 0},
		{"a body that a proxy emptied", "POST", "/track/?verbose=1&ip=1&_=1700000000000", contentTypeForm, "", 400, contentTypeJSON, `{"status":0,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","refused":"request"}`, 0},
		{"a body that a proxy escaped", "POST", "/track/?verbose=1", contentTypeForm, "data=" + strings.ReplaceAll("["+good+"]", `"`, "&quot;"), 400, contentTypeJSON, `{"status":0,"error":"the data is neither JSON nor base64 of JSON (which may nest 1000 deep)","refused":"request"}`, 0},
		{"a profile update that a redirect made a GET", "GET", "/engage/?verbose=1", "", "", 400, contentTypeJSON, `{"status":0,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","refused":"request"}`, 0},
		{"no data, JSONP", "GET", "/track?callback=f&verbose=1", "", "", 200, contentTypeJS, `f({"status":0,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","refused":"request"});`, 0},
		{"no data", "GET", "/track?verbose=1", "", "", 400, contentTypeJSON, `{"status":0,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","refused":"request"}`, 0},
		{"an empty body", "POST", "/track", contentTypeForm, "", 400, contentTypeText, "0", 0},
		{"not JSON", "POST", "/track?verbose=1", contentTypeForm, "data=hello", 400, contentTypeJSON, `{"status":0,"error":"the data is neither JSON nor base64 of JSON (which may nest 1000 deep)","refused":"request"}`, 0},
		{"half a gzip", "POST", "/track?verbose=1", contentTypeJSON, gzipped(good)[:20], 400, contentTypeJSON, `{"status":0,"error":"the data is gzip that cannot be unpacked","refused":"request"}`, 0},
		{"a profile of nobody, as Mixpanel", "POST", "/engage", contentTypeJSON, `{"$token":"t"}`, 200, contentTypeText, "0", 0},
		{"too large", "POST", "/track?verbose=1", contentTypeJSON, strings.Repeat(" ", 10<<20+1), 413, contentTypeJSON, `{"status":0,"error":"the data is larger than 10485760 bytes: send less at a time","refused":"request"}`, 0},
		{"unpacks to too much", "POST", "/track", contentTypeJSON, gzipped(strings.Repeat(" ", 10<<20+1)), 413, contentTypeText, "0", 0},
		{"too many", "POST", "/track?verbose=1", contentTypeJSON, "[" + strings.Repeat("{},", 2000) + "{}]", 413, contentTypeJSON, `{"status":0,"error":"more than 2000 records in one request: send fewer at a time","refused":"request"}`, 0},
		{"another method", "PUT", "/track?verbose=1", contentTypeJSON, good, 405, contentTypeJSON, `{"status":0,"error":"send with POST, or with GET and data= in the address","refused":"request"}`, 0},
		{"a path that is none", "POST", "/trackk", contentTypeJSON, good, 405, contentTypeJSON, `{"error":"nothing can be sent here: events go to /track, /engage, /groups and /import","refused":"request"}`, 0},
		{"a path below", "GET", "/track/x", "", "", 404, contentTypeJSON, `{"error":"there is nothing here"}`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(h.events("&limit=1000"))
			a := h.do(test.method, test.path, test.body, "Content-Type", test.contentType)
			assert.Equal(t, test.status, a.StatusCode)
			assert.Equal(t, test.answerType, a.Header.Get("Content-Type"))
			assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
			if test.answer == "GIF" {
				assert.True(t, strings.HasPrefix(a.body, "GIF89a"))
			} else {
				assert.Equal(t, test.answer, strings.TrimSpace(a.body))
			}
			assert.Len(t, h.events("&limit=1000"), before+test.stored)
		})
	}
	assert.Contains(t, h.log.String(), why, "the log tells what was refused")
}

func TestContentEncoding(t *testing.T) {
	h := startCollector(t, options{})
	body := `[` + eventJSON("E", "d", "i", 0) + `]`
	for encoding, want := range map[string]int{"gzip": 200, "GZIP": 200, "x-gzip": 200, "identity": 200, "br": 415, "deflate": 415} {
		a := h.do(http.MethodPost, "/track?verbose=1", gzipped(body), "Content-Encoding", encoding)
		assert.Equal(t, want, a.StatusCode, encoding)
		assert.Equal(t, want == 415, strings.Contains(a.body, `"refused":"request"`), a.body)
	}
	require.Len(t, h.events(""), 1)
}

// While the process answers it is alive, whatever its database does.
func TestHealthz(t *testing.T) {
	h := startCollector(t, options{key: "secret"})
	a := h.do(http.MethodGet, "/healthz", "")
	assert.Equal(t, http.StatusOK, a.StatusCode)
	assert.Equal(t, "ok\n", a.body)
	a = h.do(http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusOK, a.StatusCode)
	assert.Equal(t, "ready\n", a.body)
}
