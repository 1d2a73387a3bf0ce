// Package server is the collector's HTTP side: the doors through which clients send, and the house around them.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/throughline/throughline/collector/event"
)

// Limits against clients that send slowly, or nothing, or never read. A request that is well fits in them over a slow mobile line.
const (
	headerTime  = 10 * time.Second // from the first byte to the end of the headers
	requestTime = 30 * time.Second // from the first byte to the end of the body
	answerTime  = 60 * time.Second // from the end of the headers to the end of the answer
	idleTime    = 60 * time.Second // between two requests
	storeTime   = 10 * time.Second // until a batch's turn comes; the client asks again
	maxHeader   = 64 << 10         // bytes, the address included: a GET's data= among them
)

// Store keeps batches.
type Store interface {
	// Store returns once the batch is on the disk.
	Store(ctx context.Context, batch event.Batch) error
}

// People knows whose an id is.
type People interface {
	Resolve(token, id string) string
}

// API is the read side. Close ends its feeds.
type API interface {
	http.Handler
	Close()
}

// Config is what a Server needs.
type Config struct {
	Store  Store
	People People
	API    API
	Site   string // a folder of static files, "" for none
	Log    *slog.Logger
	// MaxConnections is how many clients may be connected; 0 for as many as the system has file descriptors for.
	MaxConnections int
}

// Server is the collector's HTTP server.
type Server struct {
	Config
	http   *http.Server
	crowd  *crowd
	memory *budget
}

// New returns a Server.
func New(config Config) *Server {
	if config.MaxConnections == 0 {
		config.MaxConnections = mostConnections()
	}
	s := &Server{Config: config, crowd: newCrowd(config.MaxConnections, config.Log), memory: newBudget(mostInFlight)}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.crowd.changed,
		ConnContext:       withConn,
		ErrorLog:          slog.NewLogLogger(config.Log.Handler(), slog.LevelWarn),
	}
	s.http.RegisterOnShutdown(config.API.Close)
	return s
}

// handler is all that the server answers.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for path, take := range map[string]func(*visit){
		"/track": (*visit).track, "/engage": (*visit).engage, "/groups": (*visit).engage, "/import": (*visit).importEvents,
	} {
		mux.Handle(path, s.door(take))
		mux.Handle(path+"/{$}", s.door(take))
	}
	mux.Handle("/api/", s.API)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.Handle("/", site{s.Site})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			s.crowd.busy(connOf(r.Context()))
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer") // The read side's key may stand in an address.
		mux.ServeHTTP(w, r)
	})
}

// Serve answers until Shutdown.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown takes no new requests and waits for those that have come. What has not come whole when ctx ends is cut off; nothing of it
// was acknowledged.
func (s *Server) Shutdown(ctx context.Context) error {
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
