package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// patient keeps what its sender still wants kept.
type patient struct{ shelf }

func (p *patient) Store(ctx context.Context, b event.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.shelf.Store(ctx, b)
}

// A page that leaves sends its last events and waits for no answer.
func TestStoredForWhoHungUp(t *testing.T) {
	store := &patient{}
	s := New(Config{Store: store, People: strangers{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), MaxConnections: 1})
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	body := strings.NewReader(`{"event":"E","properties":{"token":"t","distinct_id":"d"}}`)
	s.handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodPost, "/track", body))
	require.Equal(t, 1, store.kept)
}
