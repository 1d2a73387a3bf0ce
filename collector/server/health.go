package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// readyTimeout is how long the database may take to show that it can commit. Load balancers wait for about as long.
const readyTimeout = time.Second

var errDraining = errors.New("the collector is stopping")

// handleHealth answers that the process is alive, whatever the state of the database is: to start the process again would not mend that.
func handleHealth(w http.ResponseWriter, _ *http.Request) {
	writePlain(w, http.StatusOK, "ok\n")
}

// handleReady answers whether events can be stored now. Why not is logged, because the answer is for everybody and the reason names files.
func (s *Server) handleReady(w http.ResponseWriter, r *http.Request) {
	if err := s.ready(r.Context()); err != nil {
		if !errors.Is(err, errDraining) {
			s.Log.Warn("not ready", "error", err)
		}
		w.Header().Set("Retry-After", "5")
		writePlain(w, http.StatusServiceUnavailable, "not ready\n")
		return
	}
	writePlain(w, http.StatusOK, "ready\n")
}

func (s *Server) ready(ctx context.Context) error {
	if s.draining.Load() {
		return errDraining
	}
	return s.readiness.get(s.Now, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		return s.Store.Ready(ctx)
	})
}

// readiness remembers whether the database was ready. Everybody may ask, and each check is a transaction.
type readiness struct {
	mu      sync.Mutex
	checked time.Time
	err     error
}

// readyFor is how long an answer holds.
const readyFor = 500 * time.Millisecond

func (r *readiness) get(clock func() time.Time, check func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := clock().Sub(r.checked); age < 0 || age >= readyFor {
		r.err = check()
		r.checked = clock()
	}
	return r.err
}

func writePlain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // The only error is a closed connection.
}
