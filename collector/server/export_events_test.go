package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/server"
)

// exported returns the lines of an export.
func (h *testCollector) exported(query string, headers ...string) (lines []string) {
	h.t.Helper()
	a := h.do(http.MethodGet, "/api/export?token=t&"+query, "", headers...)
	require.Equal(h.t, http.StatusOK, a.StatusCode, a.body)
	require.Equal(h.t, "application/x-ndjson", a.Header.Get("Content-Type"))
	for line := range strings.Lines(a.body) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// receivedAt replaces the time of receipt, which no test knows.
func receivedAt(t *testing.T, line string) string {
	t.Helper()
	var event struct{ Properties map[string]any }
	require.NoError(t, json.Unmarshal([]byte(line), &event), line)
	received, ok := event.Properties["mp_processing_time_ms"].(float64)
	require.True(t, ok, line)
	assert.InDelta(t, time.Now().UnixMilli(), received, 60_000)
	return strings.Replace(line, fmt.Sprintf(`"mp_processing_time_ms":%.0f`, received), `"mp_processing_time_ms":1`, 1)
}

// An event is exported as Mixpanel exports it: with the person in distinct_id, and what was sent beside it.
func TestExportForm(t *testing.T) {
	for name, test := range map[string]struct{ sent, query, want string }{
		"an event": {
			`{"event":"Paid","properties":{"token":"t","distinct_id":"jane","$insert_id":"i","time":1767225600.123,"price":12.50,"list":[1, {"a":null}]}}`, "",
			`{"event":"Paid","properties":{"time":1767225600,"distinct_id":"$device:1","$distinct_id_before_identity":"jane","$insert_id":"i","mp_processing_time_ms":1,"price":12.50,"list":[1, {"a":null}]}}`,
		},
		"in milliseconds": {
			`{"event":"Paid","properties":{"token":"t","distinct_id":"jane","$insert_id":"i","time":1767225600.123}}`, "&time_in_ms=true",
			`{"event":"Paid","properties":{"time":1767225600123,"distinct_id":"$device:1","$distinct_id_before_identity":"jane","$insert_id":"i","mp_processing_time_ms":1}}`,
		},
		"a stranger": {
			`{"event":"Seen","properties":{"token":"t","distinct_id":"bob","$insert_id":"i","time":1767225600}}`, "",
			`{"event":"Seen","properties":{"time":1767225600,"distinct_id":"bob","$distinct_id_before_identity":"bob","$insert_id":"i","mp_processing_time_ms":1}}`,
		},
		"names that the export says itself": {
			`{"event":"E","properties":{"token":"t","distinct_id":"bob","$insert_id":"i","time":1767225600,"mp_processing_time_ms":7,"$distinct_id_before_identity":"x"}}`, "",
			`{"event":"E","properties":{"time":1767225600,"distinct_id":"bob","$distinct_id_before_identity":"bob","$insert_id":"i","mp_processing_time_ms":1}}`,
		},
		"line breaks and quotes": {
			"{\"event\":\"a\\n\\\"b\",\"properties\":{\"token\":\"t\",\"distinct_id\":\"bob\",\"$insert_id\":\"i\",\"time\":1767225600,\"n\\\"x\":{\n\t\"y\":\n1},\"s\":\"l1\\nl2\"}}", "",
			"{\"event\":\"a\\n\\\"b\",\"properties\":{\"time\":1767225600,\"distinct_id\":\"bob\",\"$distinct_id_before_identity\":\"bob\",\"$insert_id\":\"i\",\"mp_processing_time_ms\":1,\"n\\\"x\":{ \t\"y\": 1},\"s\":\"l1\\nl2\"}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := startCollector(t, options{})
			h.send(aliasJSON("jane", "$device:1", "a", 0))
			a := h.do(http.MethodPost, "/track?verbose=1", test.sent, "Content-Type", "application/json")
			require.Equal(t, http.StatusOK, a.StatusCode, a.body)
			lines := h.exported("from=2026-01-01&to=2026-01-01" + test.query)
			require.Len(t, lines, 1)
			assert.Equal(t, test.want, receivedAt(t, lines[0]))
			assert.True(t, json.Valid([]byte(lines[0])))
		})
	}
}

// Days are whole and in UTC; moments include the first and not the last.
func TestExportRange(t *testing.T) {
	h := startCollector(t, options{})
	for name, at := range map[string]string{
		"before": "2025-12-31T23:59:59.999Z", "midnight": "2026-01-01T00:00:00Z", "noon": "2026-01-01T12:00:00Z", "late": "2026-01-01T23:59:59.999Z", "next": "2026-01-02T00:00:00Z",
	} {
		h.send(`{"event":"` + name + `","properties":{"token":"t","distinct_id":"d","$insert_id":"` + name + `","time":"` + at + `"}}`)
	}
	for _, test := range []struct{ from, to, want string }{
		{"2026-01-01", "2026-01-01", "midnight noon late"},
		{"2025-12-31", "2026-01-02", "before midnight noon late next"},
		{"2026-01-01T00:00:00Z", "2026-01-01T23:59:59.999Z", "midnight noon"},
		{"2026-01-01T12:00:00Z", "2026-01-01T12:00:00.001Z", "noon"},
		{"2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z", ""},
		{"2026-01-01T12:00:00.0001Z", "2026-01-02", "late next"},
		{"2026-01-01T02:00:00+02:00", "2026-01-01T14:00:00.001+02:00", "midnight noon"},
		{"2025-12-31T19:00:00-05:00", "2026-01-01", "midnight noon late"},
		{"2026-01-01", "2026-01-01T12:00:00Z", "midnight"},
		{"1900-01-01", "1900-12-31", ""},
	} {
		for _, escaped := range []bool{true, false} {
			query := "from=" + test.from + "&to=" + test.to
			if escaped {
				query = url.Values{"from": {test.from}, "to": {test.to}}.Encode()
			}
			var got []string
			for _, line := range h.exported(query) {
				var e struct{ Event string }
				require.NoError(t, json.Unmarshal([]byte(line), &e))
				got = append(got, e.Event)
			}
			assert.Equal(t, test.want, strings.Join(got, " "), query)
		}
	}
	assert.Empty(t, h.exported("token=nobody's&from=2026-01-01&to=2026-01-01")[3:], "the first token counts")
}

// What is missing or wrong is said, and reading needs the key here as well.
func TestExportRefuses(t *testing.T) {
	h, closed := startCollector(t, options{}), startCollector(t, options{key: "s3cret"})
	for _, test := range []struct {
		of    *testCollector
		query string
		want  int
		why   string
	}{
		{h, "from=2026-01-01&to=2026-01-02", 400, "token is missing"},
		{h, "token=t&to=2026-01-02", 400, "from is missing: say ?from=..."},
		{h, "token=t&from=2026-01-02", 400, "to is missing"},
		{h, "token=t&from=yesterday&to=2026-01-02", 400, "from must be a day, as 2026-01-31, or a moment, as 2026-01-31T12:00:00Z"},
		{h, "token=t&from=2026-01-01&to=2026-02-30", 400, "to must be a day"},
		{h, "token=t&from=1767225600&to=2026-02-03", 400, "from must be a day"},
		{h, "token=t&from=2026-01-03&to=2026-01-01", 400, "to is before from"},
		{h, "token=t&from=2026-01-02&to=2026-01-01", 400, "to is before from"},
		{closed, "token=t&from=2026-01-01&to=2026-01-02", 401, "reading needs the key"},
		{closed, "token=t&from=2026-01-01&to=2026-01-02&key=s3cret", 200, ""},
	} {
		a := test.of.do(http.MethodGet, "/api/export?"+test.query, "")
		assert.Equal(t, test.want, a.StatusCode, test.query)
		assert.Contains(t, a.body, test.why, test.query)
	}
	assert.Equal(t, http.StatusForbidden, h.do(http.MethodGet, "/api/export?token=t&from=2026-01-01&to=2026-01-02", "", "Host", "evil.example").StatusCode)
}

// Exports take longer than the server gives an ordinary request, and a client that reads slowly still gets all of it.
func TestExportsOutlastTheTimeout(t *testing.T) {
	h := startCollector(t, options{configure: func(s *server.Server) { s.SetWriteTimeout(2 * time.Second) }})
	padding := strings.Repeat("x", 500_000)
	for i := range 60 {
		h.send(fmt.Sprintf(`{"event":"E","properties":{"token":"t","distinct_id":"d","$insert_id":"i%d","time":1767225600,"x":"%s"}}`, i, padding))
	}
	for path, want := range map[string]int{
		"/api/export?token=t&from=2026-01-01&to=2026-01-01": 60,
		"/api/person/export?token=t&distinct_id=d":          0,
	} {
		response, err := http.Get(h.url + path)
		require.NoError(t, err)
		lines := bufio.NewReaderSize(response.Body, 1<<20)
		count, last := 0, ""
		for {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break
			}
			require.NoError(t, err, path)
			if count++; count%5 == 1 {
				time.Sleep(300 * time.Millisecond)
			}
			last = line
		}
		require.NoError(t, response.Body.Close())
		if want == 0 {
			assert.Equal(t, `{"complete":true}`+"\n", last)
			continue
		}
		assert.Equal(t, want, count, path)
	}
}
