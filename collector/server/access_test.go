package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Without a key, only requests whose Host names this machine may read. A page whose own host name was pointed at 127.0.0.1 (DNS rebinding)
// sends its own name.
func TestHostCheckWithoutKey(t *testing.T) {
	h := startCollector(t, options{})
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:8080": 200, "127.9.9.9": 200, "localhost": 200, "LocalHost:80": 200, "[::1]": 200, "[::1]:8080": 200,
		"evil.example": 403, "evil.example:8080": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "192.168.0.1": 403,
		"0.0.0.0": 403, "[::]": 403, "localhost:80:80": 403, "x@localhost": 403,
	} {
		for _, path := range []string{"/api/events?token=t", "/api/person?token=t&distinct_id=d"} {
			a := h.do(http.MethodGet, path, "", "Host", host)
			if a.StatusCode == http.StatusBadRequest { // net/http refuses an invalid host itself.
				continue
			}
			assert.Equal(t, want, a.StatusCode, "%s of %s", path, host)
		}
	}
	a := h.do(http.MethodGet, "/api/live?token=t", "", "Host", "evil.example")
	assert.Equal(t, http.StatusForbidden, a.StatusCode)
	assert.JSONEq(t, `{"error":"reading is open on this machine's own address only: ask for localhost, or start the collector with --read-key"}`, a.body)
	assert.Equal(t, "1", h.do(http.MethodPost, "/track", eventJSON("E", "d", "i", 0), "Host", "events.example").body, "sending is for everybody")
}

func TestKey(t *testing.T) {
	h := startCollector(t, options{key: "s3cret"})
	const events = "/api/events?token=t"
	for _, test := range []struct {
		name, path string
		headers    []string
		want       int
	}{
		{"none", events, nil, 401},
		{"in the address", events + "&key=s3cret", nil, 200},
		{"a wrong one in the address", events + "&key=s3cre", nil, 401},
		{"an empty one", events + "&key=", nil, 401},
		{"a Bearer token", events, []string{"Authorization", "Bearer s3cret"}, 200},
		{"a wrong Bearer token", events, []string{"Authorization", "Bearer s3cretx"}, 401},
		{"a wrong Bearer token beside a good address", events + "&key=s3cret", []string{"Authorization", "Bearer x"}, 401},
		{"the password of Basic authentication", events, []string{"Authorization", basicAuthHeader("any", "s3cret")}, 200},
		{"its user", events, []string{"Authorization", basicAuthHeader("s3cret", "")}, 401},
		{"from another host", events + "&key=s3cret", []string{"Host", "collector.example"}, 200},
		{"from this host, without", events, []string{"Host", "localhost"}, 401},
		{"the feed", "/api/live?token=t", nil, 401},
		{"a person", "/api/person?token=t&distinct_id=d", nil, 401},
		{"a path that is none", "/api/x", nil, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := h.do(http.MethodGet, test.path, "", test.headers...)
			assert.Equal(t, test.want, a.StatusCode)
			if test.want == http.StatusUnauthorized {
				assert.NotEmpty(t, a.Header.Get("WWW-Authenticate"))
				assert.JSONEq(t, `{"error":"reading needs the key: as ?key=, as a Bearer token, or as the password of Basic authentication"}`, a.body)
			}
		})
	}
	assert.Equal(t, "1", h.do(http.MethodPost, "/track", eventJSON("E", "d", "i", 0)).body, "sending needs no key")
	assert.NotContains(t, h.log.String(), "s3cret")
}
