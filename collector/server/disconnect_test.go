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

// contextStore refuses a batch whose context has ended.
type contextStore struct{ countingStore }

func (p *contextStore) Store(ctx context.Context, b event.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.countingStore.Store(ctx, b)
}

// A page that is left sends its last events and does not wait for the response.
func TestBatchIsStoredAfterClientDisconnects(t *testing.T) {
	store := &contextStore{}
	s := New(Config{Store: store, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), MaxConnections: 1})
	ctx, disconnect := context.WithCancel(t.Context())
	disconnect()
	body := strings.NewReader(`{"event":"E","properties":{"token":"t","distinct_id":"d"}}`)
	s.handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/track", body))
	require.Equal(t, 1, store.stored)
}
