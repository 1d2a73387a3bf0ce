// Package server is the collector's HTTP side: what clients send, and what Live View reads.
package server

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/throughline/throughline/collector/live"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/sqlite"
)

// Limits against clients that send too much, or nothing at all.
const (
	maxBody     = 10 << 20 // bytes, packed or not
	maxHeader   = 64 << 10
	headerTime  = 10 * time.Second
	requestTime = 30 * time.Second
	idleTime    = 60 * time.Second
)

// Config is what a Server needs.
type Config struct {
	Store   *sqlite.Store
	People  *people.Directory
	Hub     *live.Hub
	Site    string // a folder of static files, "" for none
	ReadKey string // what the read side asks for, "" where it is open on loopback
	Log     *slog.Logger
	Now     func() time.Time
}

type server struct {
	Config
	closing chan struct{}
}

// New returns the collector's HTTP server. Shutting it down ends live feeds first.
func New(config Config) *http.Server {
	s := &server{Config: config, closing: make(chan struct{})}
	mux := http.NewServeMux()
	for path, handle := range map[string]http.HandlerFunc{
		"/track": s.track, "/engage": s.engage, "/groups": s.engage, "/import": s.importEvents,
	} {
		mux.Handle(path, s.ingest(handle))
		mux.Handle(path+"/", s.ingest(handle))
	}
	mux.Handle("GET /api/events", s.reading(s.events))
	mux.Handle("GET /api/person", s.reading(s.person))
	mux.Handle("GET /api/live", s.reading(s.live))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.Handle("/", s.site())
	h := &http.Server{
		Handler:           s.guarded(mux),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(config.Log.Handler(), slog.LevelWarn),
	}
	h.RegisterOnShutdown(func() {
		close(s.closing)
		config.Hub.Close()
	})
	return h
}

// guarded sets what every answer has, and survives a handler's panic with a status.
func (s *server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
