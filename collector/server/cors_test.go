package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// mixpanel-browser sends with credentials, for which browsers do not accept "*": the origin must be named.
func TestAnyOriginMaySend(t *testing.T) {
	h := startCollector(t, options{})
	for _, path := range []string{"/track", "/track/", "/engage", "/engage/", "/groups", "/groups/", "/import", "/import/"} {
		t.Run(path, func(t *testing.T) {
			preflight := h.do(http.MethodOptions, path, "",
				"Origin", "https://shop.example", "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "content-type,authorization", "Access-Control-Request-Private-Network", "true")
			assert.Equal(t, http.StatusNoContent, preflight.StatusCode)
			assert.Equal(t, "https://shop.example", preflight.Header.Get("Access-Control-Allow-Origin"))
			assert.Equal(t, "true", preflight.Header.Get("Access-Control-Allow-Credentials"))
			assert.Contains(t, preflight.Header.Get("Access-Control-Allow-Methods"), "POST")
			assert.Contains(t, preflight.Header.Get("Access-Control-Allow-Headers"), "Content-Type")
			assert.Contains(t, preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization")
			assert.Equal(t, "true", preflight.Header.Get("Access-Control-Allow-Private-Network"))
			assert.Contains(t, preflight.Header.Values("Vary"), "Origin")

			refused := h.do(http.MethodPost, path, "nothing", "Origin", "https://shop.example")
			assert.GreaterOrEqual(t, refused.StatusCode, 400)
			assert.Equal(t, "https://shop.example", refused.Header.Get("Access-Control-Allow-Origin"), "a page may read why it was refused")
			assert.Equal(t, "true", refused.Header.Get("Access-Control-Allow-Credentials"))
			assert.Equal(t, "Retry-After", refused.Header.Get("Access-Control-Expose-Headers"))
		})
	}
}

// Pages of other origins may send, not read.
func TestOtherOriginsMayNotRead(t *testing.T) {
	h := startCollector(t, options{})
	for _, path := range []string{"/api/events?token=t", "/api/person?token=t&distinct_id=d"} {
		a := h.do(http.MethodGet, path, "", "Origin", "https://shop.example")
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), path)
		assert.Equal(t, "same-origin", a.Header.Get("Cross-Origin-Resource-Policy"), path)
		assert.Equal(t, "no-store", a.Header.Get("Cache-Control"), path)
		preflight := h.do(http.MethodOptions, path, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "GET")
		assert.Empty(t, preflight.Header.Get("Access-Control-Allow-Origin"), path)
	}
}

// Headers that tracing scripts add to every fetch of a page must not keep it from sending.
func TestPreflightAllowsRequestedHeaders(t *testing.T) {
	const always = "Authorization, Content-Type, Content-Encoding, X-Requested-With"
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprint("x-", i)
	}
	h := startCollector(t, options{})
	for name, test := range map[string]struct{ asked, want string }{
		"none":                       {"", always},
		"Sentry":                     {"baggage,content-type,sentry-trace", always + ", baggage, sentry-trace"},
		"OpenTelemetry":              {"traceparent, tracestate", always + ", traceparent, tracestate"},
		"Datadog, in capitals":       {"X-Datadog-Trace-ID ,\tX-DATADOG-ORIGIN", always + ", X-Datadog-Trace-ID, X-DATADOG-ORIGIN"},
		"anything":                   {"x-anything", always + ", x-anything"},
		"what is allowed anyway":     {"AUTHORIZATION,content-encoding", always},
		"one twice":                  {"x-a,X-A,x-a", always + ", x-a"},
		"all signs of a token":       {"a!#$%&'+-.^_`|~9", always + ", a!#$%&'+-.^_`|~9"},
		"a star":                     {"*, x-a", always + ", x-a"},
		"no tokens":                  {`x a,<b>,"c",d:e,(f),g;h,i=j,k/l,` + "\u00fc, ,,x-a", always + ", x-a"},
		"more than is said again":    {strings.Repeat("x", 5000), always},
		"more names than said again": {strings.Join(many, ","), always + ", " + strings.Join(many[:64], ", ")},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "POST"}
			if test.asked != "" {
				headers = append(headers, "Access-Control-Request-Headers", test.asked)
			}
			a := h.do(http.MethodOptions, "/track/", "", headers...)
			assert.Equal(t, http.StatusNoContent, a.StatusCode)
			assert.Equal(t, test.want, a.Header.Get("Access-Control-Allow-Headers"))
			assert.Contains(t, a.Header.Values("Vary"), "Access-Control-Request-Headers", "a cache must not give it to who asks for others")
			assert.Contains(t, a.Header.Values("Vary"), "Origin")
		})
	}
}
