package sqlite

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// While the writer hangs, batches whose requests have given up take no memory, although their jobs are still queued.
func TestBatchesThatWereGivenUpTakeNoMemory(t *testing.T) {
	const batches, size = 100, 1 << 20
	hanging, hang := make(chan struct{}, 1), make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	s, err := Open(Config{
		Path: filepath.Join(t.TempDir(), "events.db"), OnCommit: func(event.Changes) {}, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time {
			select {
			case hanging <- struct{}{}:
			default:
			}
			<-hang
			return time.Now()
		},
	})
	require.NoError(t, err)
	defer func() {
		release()
		require.NoError(t, s.Close())
	}()
	var first sync.WaitGroup
	first.Go(func() {
		assert.NoError(t, s.Store(context.Background(), event.Batch{Events: []event.Event{{Token: "t", Name: "E"}}}))
	})
	<-hanging
	before := heap()
	for range batches {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		require.Error(t, s.Store(ctx, event.Batch{Events: []event.Event{{Token: "t", Name: "E", Properties: strings.Repeat("x", size)}}}))
		cancel()
	}
	_, waiting := s.queue.Waiting()
	assert.Greater(t, waiting, batches/2, "the jobs are still there")
	assert.Less(t, heap()-before, int64(batches*size/10))
	release()
	first.Wait()
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
