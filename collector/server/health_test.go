package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/memory"
)

// readyStore is a Store whose state a test sets.
type readyStore struct{ ready func(context.Context) error }

func (s *readyStore) Store(context.Context, event.Batch) error { return nil }
func (s *readyStore) Ready(ctx context.Context) error          { return s.ready(ctx) }

func TestReadyz(t *testing.T) {
	log := &testlog.Buffer{}
	store := &readyStore{ready: func(context.Context) error { return nil }}
	now := time.Unix(1_700_000_000, 0)
	s := New(Config{
		Store: store, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.NewTextHandler(log, nil)), MaxConnections: 1, Memory: memory.Smallest,
		Now: func() time.Time { return now },
	})
	ask := func(path string) (int, string) {
		now = now.Add(readyFor)
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		assert.Equal(t, w.Code == http.StatusServiceUnavailable, w.Header().Get("Retry-After") != "")
		return w.Code, w.Body.String()
	}
	code, body := ask("/readyz")
	assert.Equal(t, 200, code)
	assert.Equal(t, "ready\n", body)

	store.ready = func(context.Context) error { return errors.New("/var/lib/events.db: the disk is full") }
	code, body = ask("/readyz")
	assert.Equal(t, 503, code)
	assert.Equal(t, "not ready\n", body, "everybody may ask")
	assert.Contains(t, log.String(), "the disk is full")

	store.ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // The writer hangs.
	began := time.Now()
	code, _ = ask("/readyz")
	assert.Equal(t, 503, code)
	assert.Less(t, time.Since(began), 3*time.Second)
	code, _ = ask("/healthz")
	assert.Equal(t, 200, code)

	store.ready = func(context.Context) error { return nil }
	s.Drain()
	code, _ = ask("/readyz")
	assert.Equal(t, 503, code)
	code, _ = ask("/healthz")
	assert.Equal(t, 200, code)
}

// However many ask, the database is checked twice a second.
func TestReadyzIsCheap(t *testing.T) {
	checks := 0
	store := &readyStore{ready: func(context.Context) error { checks++; return errors.New("no") }}
	now := time.Unix(1_700_000_000, 0)
	s := New(Config{
		Store: store, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), MaxConnections: 1, Memory: memory.Smallest,
		Now: func() time.Time { return now },
	})
	for range 1000 {
		require.Error(t, s.ready(t.Context()))
	}
	assert.Equal(t, 1, checks)
	now = now.Add(readyFor)
	require.Error(t, s.ready(t.Context()))
	now = now.Add(-time.Hour)
	require.Error(t, s.ready(t.Context()))
	assert.Equal(t, 3, checks, "a clock that was set back does not keep an old answer")
}

// From the first moment of a shutdown /readyz says no, on connections that are still open.
func TestReadyzWhileShuttingDown(t *testing.T) {
	asked, finish := make(chan struct{}), make(chan struct{})
	store := &readyStore{ready: func(context.Context) error { close(asked); <-finish; return nil }}
	s := New(Config{Store: store, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), Memory: memory.Smallest})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	held := make(chan struct{})
	go func() { // It keeps the shutdown waiting.
		defer close(held)
		response, err := http.Get("http://" + listener.Addr().String() + "/readyz")
		if assert.NoError(t, err) {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}()
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	require.NoError(t, <-served)
	assert.ErrorIs(t, s.ready(t.Context()), errDraining)
	close(finish)
	<-held
	require.NoError(t, <-stopped)
}
