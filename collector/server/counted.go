package server

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/throughline/throughline/collector/memory"
)

// apiPaths are the paths of the API that are counted by themselves. Others are counted together: a client can make up any number of them.
var apiPaths = [...]string{"/api/events", "/api/person", "/api/person/export", "/api/export", "/api/erasures", "/api/group", "/api/live"}

// aborted is the status of a request whose connection was closed instead of an answer, or in the middle of one.
const aborted = "aborted"

// counted returns a handler that counts its requests by the status of the answer, and logs each one at level debug. Neither has anything that
// a client chose, beyond what the endpoint and the status are.
func (s *Server) counted(endpoint string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answered := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		status := aborted
		defer func() {
			s.Metrics.Request(endpoint, status)
			if s.Log.Enabled(r.Context(), slog.LevelDebug) {
				s.Log.DebugContext(r.Context(), "request", "endpoint", endpoint, "status", status,
					"bytes", answered.bytes, "seconds", time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(answered, r)
		status = strconv.Itoa(answered.status)
	})
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	begun  bool
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK { // An informational status is followed by another one.
		w.status, w.begun = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(p []byte) (int, error) {
	w.begun = true
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// WriteString implements io.StringWriter, so that a text is not copied.
func (w *statusWriter) WriteString(text string) (int, error) {
	w.begun = true
	n, err := io.WriteString(w.ResponseWriter, text)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom, so that the system itself copies files to clients.
func (w *statusWriter) ReadFrom(from io.Reader) (int64, error) {
	w.begun = true
	n, err := io.Copy(w.ResponseWriter, from)
	w.bytes += n
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// addGauges adds what the server holds at the moment.
func (s *Server) addGauges() {
	for holder, budget := range map[string]*memory.Budget{"requests": s.bodies, "headers": s.headers} {
		s.Metrics.Gauge("memory_reserved_bytes", "Memory that requests which are being answered have reserved.",
			func() float64 { return float64(budget.Total() - budget.Free()) }, "for", holder)
		s.Metrics.Gauge("memory_budget_bytes", "Memory that requests may reserve in all: beyond it they are answered 503.",
			func() float64 { return float64(budget.Total()) }, "for", holder)
	}
	s.Metrics.Gauge("connections", "Clients that are connected.", func() float64 { return float64(s.connections.open()) })
	s.Metrics.Gauge("connections_limit", "How many clients may be connected: beyond it the longest silent one is disconnected.",
		func() float64 { return float64(s.connections.max) })
	s.Metrics.Gauge("draining", "1 from the signal to stop on, when /readyz says no; otherwise 0.", func() float64 {
		if s.draining.Load() {
			return 1
		}
		return 0
	})
}
