// Package server is the HTTP side of the collector: the endpoints to which clients send, the static files, and the limits that protect the
// process from slow, silent and numerous clients. It does not interpret records (package ingest) and does not store them (package sqlite);
// the API for reading is package api. Read handler first, then endpoint in request.go and handleTrack in track.go.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/throughline/throughline/collector/attempts"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/metrics"
	"github.com/throughline/throughline/collector/project"
	"github.com/throughline/throughline/collector/store"
)

// Timeouts for clients that send slowly, send nothing or do not read. They leave enough time for a request over a slow mobile connection.
const (
	headerTimeout  = 10 * time.Second // from the first byte to the end of the headers
	readTimeout    = 30 * time.Second // from the first byte to the end of the body
	writeTimeout   = 60 * time.Second // from the end of the headers to the end of the answer
	idleTimeout    = 60 * time.Second // between two requests
	storeTimeout   = 10 * time.Second // that a batch may wait for the writer; the client tries again later
	maxHeaderBytes = 64 << 10         // bytes, with the request line, which contains data= of a GET
)

// Aliases tells which claims hold.
type Aliases interface {
	// Holders returns the distinct_ids of the claims that hold, by alias. It includes every claim that Store has returned from.
	Holders(ctx context.Context, token string, aliases []string) (map[string]string, error)
}

// API is the handler for reading. Close ends its live feeds.
type API interface {
	http.Handler
	Close()
}

// Config is the configuration of a Server.
type Config struct {
	Store   store.Writer
	Aliases Aliases
	API     API
	Site    string // a folder of static files, "" for none
	Log     *slog.Logger
	// MaxConnections limits how many clients are connected; 0 stands for as many as there are file descriptors and memory for.
	MaxConnections int
	// Projects has the projects that may send, with their secrets; nil allows every token.
	Projects *project.List
	// TrustedProxies are the addresses of proxies that are believed when they say from where a request comes.
	TrustedProxies []netip.Prefix
	RatePerAddress limit.Rate // of events from one client's address, this machine's own excepted
	RatePerToken   limit.Rate // of events for one project
	// HideTakenAliases leaves alias_taken out of all answers.
	HideTakenAliases bool
	Metrics          *metrics.Metrics // that the server counts in; nil stands for some that nobody reads
	Memory           memory.Size      // that the whole process may take; 0 stands for memory.Default
	Now              func() time.Time // nil stands for time.Now
}

// Server is the collector's HTTP server.
type Server struct {
	Config
	http        *http.Server
	connections *connLimiter
	bodies      *memory.Budget // what requests hold
	headers     *memory.Budget // what their long headers hold
	admission   *admission
	secrets     *attempts.Guard // of those who import
	draining    atomic.Bool
	readiness   readiness
}

// New returns a Server.
func New(config Config) *Server {
	if config.Memory == 0 {
		config.Memory = memory.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Metrics == nil {
		config.Metrics = metrics.New()
	}
	plan := memory.NewPlan(config.Memory)
	if config.MaxConnections == 0 {
		config.MaxConnections = min(maxConnections(), int(plan.Connections/connBytes))
	}
	s := &Server{
		Config: config, connections: newConnLimiter(config.MaxConnections, config.Log),
		bodies: memory.NewBudget(plan.Requests), headers: memory.NewBudget(plan.Headers),
		admission: newAdmission(config), secrets: attempts.New(config.Log),
	}
	s.addGauges()
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnState:         s.onStateChange,
		ConnContext:       withConn,
		ErrorLog:          newErrorLog(config.Log),
	}
	s.http.RegisterOnShutdown(config.API.Close)
	return s
}

// onStateChange is http.Server's ConnState hook.
func (s *Server) onStateChange(conn net.Conn, state http.ConnState) {
	if counted, ok := conn.(*countedConn); ok && state == http.StateIdle {
		counted.beginHeaders()
	}
	s.connections.onStateChange(conn, state)
}

// handler returns the handler of all paths.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for path, handle := range map[string]func(*request){
		"/track": (*request).handleTrack, "/engage": (*request).handleEngage, "/groups": (*request).handleEngage, "/import": (*request).handleImport,
	} {
		mux.Handle(path, s.counted(path[1:], s.endpoint(handle)))
		mux.Handle(path+"/{$}", s.counted(path[1:], s.endpoint(handle)))
	}
	for _, path := range apiPaths {
		mux.Handle(path, s.counted(path[1:], s.API))
	}
	mux.Handle("/api/", s.counted("api/other", s.API))
	mux.Handle("GET /metrics", s.counted("metrics", s.API))
	mux.Handle("GET /healthz", s.counted("healthz", http.HandlerFunc(handleHealth)))
	mux.Handle("GET /readyz", s.counted("readyz", http.HandlerFunc(s.handleReady)))
	mux.Handle("/", s.counted("site", site{s.Site}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, ok := connFrom(r.Context()).(*countedConn); ok {
			conn.beginBody(s.Now())
		}
		if r.ContentLength == 0 {
			s.connections.markActive(connFrom(r.Context()))
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer") // An address may contain the key for reading.
		if s.draining.Load() {
			w.Header().Set("Connection", "close") // The client's next request is to find another collector, not an end in the middle.
		}
		mux.ServeHTTP(w, r)
	})
}

// Serve handles the listener's connections until Shutdown.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.http.Serve(countingListener{listener, s.headers}); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Drain makes /readyz say no, so that a load balancer sends nothing more here. Requests are still answered, each as the last one of its
// connection.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown accepts no new requests and waits for those that have begun. Requests that have not arrived completely when ctx ends are cut
// off; nothing of them was acknowledged.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	s.Log.Warn("requests that had not come whole were cut off")
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close the connections: %w", err)
	}
	return nil
}
