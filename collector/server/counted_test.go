package server

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/memory"
)

// A request is one line of the log at level debug, and none at others. It says what was answered, whichever way that was written.
func TestRequestsAreLogged(t *testing.T) {
	for name, test := range map[string]struct {
		handle func(http.ResponseWriter)
		want   string
	}{
		"nothing":            {func(http.ResponseWriter) {}, "status=200 bytes=0"},
		"a body":             {func(w http.ResponseWriter) { _, _ = w.Write([]byte("four")) }, "status=200 bytes=4"},
		"a text":             {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "four") }, "status=200 bytes=4"},
		"a copy":             {func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader("four")) }, "status=200 bytes=4"},
		"a status":           {func(w http.ResponseWriter) { w.WriteHeader(404) }, "status=404 bytes=0"},
		"two of them":        {func(w http.ResponseWriter) { w.WriteHeader(404); w.WriteHeader(500) }, "status=404"},
		"one after the body": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "four"); w.WriteHeader(500) }, "status=200 bytes=4"},
		"an early hint":      {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(304) }, "status=304"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
				log := &testlog.Buffer{}
				s := New(Config{
					Store: &countingStore{}, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, MaxConnections: 1, Memory: memory.Smallest,
					Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})),
				})
				handler := s.counted("track", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.handle(w) }))
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/track?ip=hush", nil))
				if level == slog.LevelInfo {
					assert.Empty(t, log.String())
					continue
				}
				assert.Equal(t, 1, strings.Count(log.String(), "\n"), log)
				assert.Contains(t, log.String(), "msg=request endpoint=track "+test.want)
				assert.NotContains(t, log.String(), "hush")
			}
		})
	}
}

// A handler that panics is counted too, and its panic goes on to net/http.
func TestPanicsAreCounted(t *testing.T) {
	log := &testlog.Buffer{}
	s := New(Config{
		Store: &countingStore{}, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, MaxConnections: 1, Memory: memory.Smallest,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	handler := s.counted("site", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(errors.New("it broke")) }))
	assert.Panics(t, func() { handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) })
	assert.Contains(t, log.String(), "endpoint=site status=aborted")
}
