package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/memory"
)

// countingStore counts what it is given, or fails.
type countingStore struct {
	failing bool
	stored  int
}

func (s *countingStore) Store(_ context.Context, b event.Batch) error {
	if s.failing {
		return errors.New("it is broken")
	}
	s.stored += len(b.Events) + len(b.Updates)
	return nil
}

func (s *countingStore) Ready(context.Context) error { return nil }

// noAliases are Aliases of which there are none.
type noAliases struct{}

func (noAliases) Holders(context.Context, string, []string) (map[string]string, error) {
	return nil, nil
}

type noAPI struct{ http.Handler }

func (noAPI) Close() {}

// FuzzEndpoints sends any request to the endpoints. The response must have a status and format that clients know; it says 1 only if
// everything was stored, and asks the client to try again if the store fails.
func FuzzEndpoints(f *testing.F) {
	const one = `{"event":"E","properties":{"token":"t","distinct_id":"d"}}`
	const person = `{"$token":"t","$distinct_id":"d","$set":{"a":1}}`
	for _, seed := range []struct{ path, query, contentType, encoding, auth, body string }{
		{"/track/", "verbose=1&ip=1&_=1", "application/x-www-form-urlencoded", "", "", "data=" + url.QueryEscape("["+one+"]")},
		{"/track", "callback=mixpanel._jsc[1]&verbose=1", "", "", "", one},
		{"/track", "callback=alert(1)", "", "", "", one},
		{"/track", "callback=alert(1)&verbose=1", "", "", "", one},
		{"/track", "verbose=1", "", "", "", "[" + one + ",{\"event\":NaN}]"},
		{"/track", "verbose=1", "", "", "", "[" + one + ",{\"event\""},
		{"/import", "", "application/json", "", "Basic dDo=", "[" + one},
		{"/track", "img=1&data=" + url.QueryEscape(one), "", "", "", ""},
		{"/track", "verbose=1", "", "gzip", "", "\x1f\x8b\x08"},
		{"/track", "verbose=1", "", "br", "", one},
		{"/track", "verbose=1", "", "", "", `{"event":"$create_alias","properties":{"token":"t","distinct_id":"d","alias":"a"}}`},
		{"/engage", "", "application/json", "", "", person},
		{"/groups/", "verbose=1", "application/json", "", "", "[" + person + ",{}]"},
		{"/import", "strict=1", "application/json", "", "Basic dDo=", one + "\n" + `{"event":"E"}`},
		{"/import", "", "application/json", "", "", one},
		{"/import/", "api_key=k", "application/x-www-form-urlencoded", "", "", "data=" + url.QueryEscape(one)},
	} {
		f.Add(seed.path, seed.query, seed.contentType, seed.encoding, seed.auth, seed.body, false)
		f.Add(seed.path, seed.query, seed.contentType, seed.encoding, seed.auth, seed.body, true)
	}
	f.Fuzz(func(t *testing.T, path, query, contentType, encoding, auth, body string, failing bool) {
		switch strings.TrimSuffix(path, "/") {
		case "/track", "/engage", "/groups", "/import":
		default:
			t.Skip("not an endpoint")
		}
		store := &countingStore{failing: failing}
		s := New(Config{Store: store, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), MaxConnections: 1, Memory: memory.Smallest})
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: path, RawQuery: query}, Host: "localhost", ContentLength: int64(len(body)),
			Header: http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "Authorization": {auth}},
			Body:   io.NopCloser(strings.NewReader(body)),
		}
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, r)
		require.Contains(t, []int{200, 400, 401, 413, 415, 503}, w.Code)
		require.Equal(t, w.Code == http.StatusServiceUnavailable, w.Header().Get("Retry-After") != "")
		require.Equal(t, memory.NewPlan(memory.Smallest).Requests, s.bodies.Free(), "the memory is given back")
		if failing {
			require.Zero(t, store.stored)
		}
		text, asked := w.Body.String(), r.URL.Query()
		if callback := asked.Get("callback"); callback != "" && w.Header().Get("Content-Type") == "text/javascript; charset=utf-8" {
			require.Regexp(t, callbackPattern, callback)
			require.True(t, strings.HasPrefix(text, callback+"(") && strings.HasSuffix(text, ");"), text)
			text = strings.TrimSuffix(text[len(callback)+1:], ");")
		}
		switch w.Header().Get("Content-Type") {
		case "image/gif":
			require.Equal(t, string(transparentGIF), text)
		case "application/json", "text/javascript; charset=utf-8":
			requireTruthfulResponse(t, w.Code, text, store.stored)
		case "text/plain; charset=utf-8":
			if text != "the callback is not the name of a function" {
				require.Contains(t, []string{"0", "1"}, text)
				require.Equal(t, text == "1", w.Code == http.StatusOK)
			} else {
				require.Zero(t, store.stored)
			}
		default:
			require.Fail(t, "an answer of another kind", w.Header().Get("Content-Type"))
		}
	})
}

// requireTruthfulResponse requires that a JSON response agrees with what was stored.
func requireTruthfulResponse(t *testing.T, code int, text string, stored int) {
	t.Helper()
	if text == "0" || text == "1" { // a script without verbose=1
		return
	}
	var response struct {
		Status   any
		Error    *string
		Good     *int  `json:"num_good_events"`
		Imported *int  `json:"num_records_imported"`
		Failed   []any `json:"failed_records"`
		Refused  string
	}
	require.NoError(t, json.Unmarshal([]byte(text), &response), text)
	if response.Imported != nil {
		require.Equal(t, stored, *response.Imported)
		require.Equal(t, http.StatusText(code), response.Status)
		require.Equal(t, code == http.StatusOK, response.Error == nil)
		return
	}
	require.Equal(t, response.Status == 1.0, response.Error == nil, text)
	want := ""
	if response.Error != nil {
		cut := *response.Error == ingest.ErrTruncated.Error()
		require.NotContains(t, *response.Error, "\n")
		require.Equal(t, len(response.Failed) > 0 || cut, response.Good != nil)
		if cut || response.Good == nil {
			want = wholeRequest
		}
	}
	require.Equal(t, want, response.Refused, "only what concerns the whole request says so")
	if response.Good != nil {
		require.Equal(t, stored, *response.Good)
	} else if response.Error != nil {
		require.Zero(t, stored)
	}
}
