package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/project"
)

// metrics returns the collector's metrics by name and labels, as Prometheus reads them.
func (h *testCollector) metrics(headers ...string) map[string]float64 {
	h.t.Helper()
	a := h.do(http.MethodGet, "/metrics", "", headers...)
	require.Equal(h.t, http.StatusOK, a.StatusCode, a.body)
	require.Contains(h.t, a.Header.Get("Content-Type"), "text/plain")
	values := map[string]float64{}
	for line := range strings.Lines(a.body) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[at+1:], 64)
		require.NoError(h.t, err, line)
		values[line[:at]] = value
	}
	return values
}

// Each thing that happens is counted once, under its own name.
func TestMetricsCount(t *testing.T) {
	only, err := project.Load("t")
	require.NoError(t, err)
	good, other := eventJSON("E", "d", "i", 0), eventJSON("E", "d", "j", 1)
	for _, test := range []struct {
		name                       string
		method, path, body, header string
		want                       map[string]float64 // by how much these grow
	}{
		{"stored", "POST", "/track/", "[" + good + "," + other + "]", "", map[string]float64{
			`throughline_requests_total{endpoint="track",status="200"}`: 1, `throughline_events_stored_total`: 2, `throughline_commit_records_sum`: 2,
			`throughline_commit_records_count`: 1, `throughline_commit_seconds_count`: 1, `throughline_store_seconds_count`: 1,
		}},
		{"sent twice", "POST", "/track", "[" + good + "," + good + "]", "", map[string]float64{
			`throughline_requests_total{endpoint="track",status="200"}`: 1, `throughline_events_stored_total`: 1, `throughline_events_duplicate_total`: 1,
			`throughline_commit_records_sum`: 2,
		}},
		{"an update", "POST", "/engage?verbose=1", `{"$token":"t","$distinct_id":"d","$set":{"a":1}}`, "", map[string]float64{
			`throughline_requests_total{endpoint="engage",status="200"}`: 1, `throughline_updates_stored_total`: 1, `throughline_events_stored_total`: 0,
		}},
		{"one good, two bad", "POST", "/track?verbose=1", "[" + good + `,{"event":"E"},{"event":"E","properties":{"token":"t","time":"soon"}}]`, "", map[string]float64{
			`throughline_requests_total{endpoint="track",status="400"}`: 1, `throughline_events_stored_total`: 1,
			`throughline_records_refused_total{reason="token"}`: 1, `throughline_records_refused_total{reason="time"}`: 1,
		}},
		{"a project that may not send", "POST", "/track", strings.Replace(good, `"token":"t"`, `"token":"stranger"`, 1), "", map[string]float64{
			`throughline_records_refused_total{reason="unknown_token"}`: 1, `throughline_events_stored_total`: 0,
		}},
		{"nothing", "POST", "/track", "", "", map[string]float64{`throughline_requests_refused_total{reason="no_data"}`: 1}},
		{"no JSON", "POST", "/track", "{nonsense", "", map[string]float64{`throughline_requests_refused_total{reason="not_json"}`: 1}},
		{"a method", "PUT", "/groups", good, "", map[string]float64{
			`throughline_requests_refused_total{reason="method"}`: 1, `throughline_requests_total{endpoint="groups",status="405"}`: 1,
		}},
		{"an encoding", "POST", "/track", good, "Content-Encoding: zstd", map[string]float64{`throughline_requests_refused_total{reason="encoding"}`: 1}},
		{"a callback", "GET", "/track?callback=1+1&data=x", "", "", map[string]float64{`throughline_requests_refused_total{reason="callback"}`: 1}},
		{"no credentials", "POST", "/import", good, "", map[string]float64{
			`throughline_requests_refused_total{reason="no_credential"}`: 1, `throughline_requests_total{endpoint="import",status="401"}`: 1,
		}},
		{"over the rate", "POST", "/track", "[" + strings.Repeat(good+",", 60) + good + "]", "", map[string]float64{
			`throughline_requests_refused_total{reason="token_rate"}`: 1, `throughline_requests_total{endpoint="track",status="429"}`: 1,
		}},
		{"reading", "GET", "/api/person?token=t&distinct_id=d", "", "", map[string]float64{`throughline_requests_total{endpoint="api/person",status="200"}`: 1}},
		{"a path of the API that is none", "GET", "/api/made/up", "", "", map[string]float64{`throughline_requests_total{endpoint="api/other",status="404"}`: 1}},
		{"a path that is none", "GET", "/made-up.php", "", "", map[string]float64{`throughline_requests_total{endpoint="site",status="404"}`: 1}},
		{"ready", "GET", "/readyz", "", "", map[string]float64{`throughline_requests_total{endpoint="readyz",status="200"}`: 1, `throughline_commit_seconds_count`: 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := startCollector(t, options{config: func(c *app.Config) {
				c.Projects = only
				c.RatePerToken = limit.Rate{PerSecond: 0.001, Burst: 50}
			}})
			if test.name == "over the rate" {
				h.do(http.MethodPost, "/track", test.body)
			}
			before := h.metrics()
			headers := []string{}
			if name, value, found := strings.Cut(test.header, ": "); found {
				headers = []string{name, value}
			}
			h.do(test.method, test.path, test.body, headers...)
			after := h.metrics()
			for name, grown := range test.want {
				assert.Equal(t, grown, after[name]-before[name], name)
			}
		})
	}
}

// What the collector holds is shown as it is now: live feeds, memory, build. The store's errors count, by kind.
func TestMetricsGauges(t *testing.T) {
	h := startCollector(t, options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	assert.Zero(t, h.metrics()["throughline_live_feeds"])
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/live?token=t", nil)
	require.NoError(t, err)
	response, err := client.Do(r)
	require.NoError(t, err)
	_, err = bufio.NewReader(response.Body).ReadString('\n')
	require.NoError(t, err)
	values := h.metrics()
	assert.Equal(t, 1.0, values["throughline_live_feeds"])
	assert.Zero(t, values[`throughline_memory_reserved_bytes{for="requests"}`])
	assert.Positive(t, values[`throughline_memory_budget_bytes{for="requests"}`])
	assert.Positive(t, values[`throughline_memory_budget_bytes{for="headers"}`])
	assert.GreaterOrEqual(t, values["throughline_connections"], 2.0, "the feed and this question")
	assert.Positive(t, values["go_goroutines"])
	assert.Contains(t, values, `throughline_store_errors_total{kind="unavailable"}`, "a counter is there before its first error")
	found := false
	for name := range values {
		found = found || strings.HasPrefix(name, "throughline_build_info{") && strings.Contains(name, `go="go1.`)
	}
	assert.True(t, found, "build info")
	cancel()
	_ = response.Body.Close()
	require.Eventually(t, func() bool { return h.metrics()["throughline_live_feeds"] == 0 }, 5*time.Second, 10*time.Millisecond)
}

// Metrics are read like everything else: with the key, or on this machine alone where there is none.
func TestMetricsAreForReaders(t *testing.T) {
	open, closed := startCollector(t, options{}), startCollector(t, options{key: "s3cret"})
	for _, test := range []struct {
		name    string
		of      *testCollector
		headers []string
		want    int
	}{
		{"this machine", open, nil, 200},
		{"another host's name", open, []string{"Host", "evil.example"}, 403},
		{"through a proxy", open, []string{"X-Forwarded-For", "203.0.113.1"}, 403},
		{"no key", closed, nil, 401},
		{"a Bearer token, as Prometheus sends it", closed, []string{"Authorization", "Bearer s3cret"}, 200},
		{"Basic authentication", closed, []string{"Authorization", basicAuthHeader("prometheus", "s3cret")}, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := test.of.do(http.MethodGet, "/metrics", "", test.headers...)
			assert.Equal(t, test.want, a.StatusCode)
			assert.Equal(t, test.want == 200, strings.Contains(a.body, "throughline_build_info"))
		})
	}
	assert.Equal(t, http.StatusMethodNotAllowed, open.do(http.MethodPost, "/metrics", "").StatusCode)
}

// labelPair matches a label and its value.
var labelPair = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// Whatever clients send, the metrics have nothing of it, and do not grow with it.
func TestMetricsHaveNothingOfClients(t *testing.T) {
	h := startCollector(t, options{key: "s3cret-key"})
	key := []string{"Authorization", "Bearer s3cret-key"}
	h.send(eventJSON("E", "d", "i", 0))
	probe := func(i int) {
		made := fmt.Sprintf("hush%d", i)
		h.do(http.MethodPost, "/track?verbose=1&ip="+made, `[{"event":"`+made+`","properties":{"token":"`+made+`","distinct_id":"`+made+`","$insert_id":"`+made+`"}},{"event":"`+made+`"}]`)
		h.do(http.MethodPost, "/engage", `{"$token":"`+made+`","$distinct_id":"`+made+`","$set":{"`+made+`":1}}`)
		h.do(http.MethodGet, "/"+made, "", "User-Agent", made, "X-Forwarded-For", "203.0.113.77")
		h.do(http.MethodGet, "/api/"+made, "", key...)
		h.do(http.MethodGet, "/api/person?token="+made+"&distinct_id="+made, "", key...)
		h.do(made, "/track", "")
		h.do(http.MethodPost, "/import?project_id="+made, eventJSON(made, made, made, i), "Authorization", basicAuthHeader(made, made))
	}
	probe(0)
	h.metrics(key...) // Its own series comes with its first answer.
	before := h.metrics(key...)
	for i := range 20 {
		probe(i + 1)
	}
	after := h.metrics(key...)
	assert.Len(t, after, len(before), "no series came with what clients made up")
	for name := range after {
		assert.NotContains(t, name, "hush")
		assert.NotContains(t, name, "s3cret")
		assert.NotContains(t, name, "203.0.113")
		assert.NotContains(t, name, "127.0.0.1")
		for _, pair := range labelPair.FindAllStringSubmatch(name, -1) {
			assert.Contains(t, []string{"endpoint", "status", "reason", "kind", "for", "le", "version", "revision", "go", "quantile"}, pair[1], name)
		}
	}
}
