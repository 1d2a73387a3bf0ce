package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/event"
)

// slowStore is a store whose client disconnects while it deletes.
type slowStore struct {
	Store
	disconnect func()
	err        error // of the context afterwards
}

func (s *slowStore) Erase(ctx context.Context, _, _ string) (event.Erasure, error) {
	s.disconnect()
	s.err = ctx.Err()
	return event.Erasure{}, s.err
}

// A deletion that was asked for is done to its end: half a person would be harder to find.
func TestEraseOutlivesItsClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store := &slowStore{disconnect: cancel}
	a := New(Config{Store: store, Log: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequestWithContext(ctx, http.MethodDelete, "http://localhost/api/person?token=t&distinct_id=d", nil)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	assert.NoError(t, store.err)
	assert.Equal(t, http.StatusAccepted, w.Code)
}
