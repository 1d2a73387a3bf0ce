package sqlite

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// A store is ready if its writer can begin a transaction; while somebody else holds the database, or after Close, it is not.
func TestReady(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s, err := Open(Config{Path: path, OnCommit: func(event.Changes) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	assert.NoError(t, s.Ready(t.Context()))
	other, err := sqlite3.Open(path)
	require.NoError(t, err)
	require.NoError(t, other.Exec("BEGIN IMMEDIATE"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	assert.Error(t, s.Ready(ctx))
	require.NoError(t, other.Close())
	assert.NoError(t, s.Ready(t.Context()))
	require.NoError(t, s.Close())
	assert.ErrorIs(t, s.Ready(t.Context()), ErrClosed)
}
