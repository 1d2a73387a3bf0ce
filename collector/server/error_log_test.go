package server

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/internal/testlog"
)

func TestErrorLogHasNoAddresses(t *testing.T) {
	for message, want := range map[string]string{
		"http: panic serving 203.0.113.9:4711: it broke\ngoroutine 1 [running]:\n": "http: panic serving a client: it broke",
		"http: TLS handshake error from [2001:db8::9%eth0]:4711: EOF":              "http: TLS handshake error from a client: EOF",
		"http: read tcp 127.0.0.1:8080->[2001:db8::9]:4711: i/o timeout":           "http: read tcp a client->a client: i/o timeout",
		"http: Accept error: accept tcp 0.0.0.0:8080: too many open files":         "http: Accept error: accept tcp a client: too many open files",
		"http: superfluous response.WriteHeader call from x.go:12":                 "superfluous response.WriteHeader call from x.go:12",
	} {
		text := &testlog.Buffer{}
		newErrorLog(slog.New(slog.NewTextHandler(text, nil))).Print(message)
		assert.Contains(t, text.String(), want)
		assert.NotContains(t, text.String(), "203.0.113.9")
		assert.NotContains(t, text.String(), "2001:db8")
	}
}
