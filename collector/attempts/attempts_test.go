package attempts

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/internal/testlog"
)

// As many as may wait do so; the others are refused at once, and a client that has gone away is not waited for.
func TestGuard(t *testing.T) {
	log := &testlog.Buffer{}
	g := New(slog.New(slog.NewTextHandler(log, nil)))
	g.delay = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range maxWaiting {
		waiting.Go(func() { assert.True(t, g.Wrong(ctx, "reading")) })
	}
	assert.Eventually(t, func() bool { return len(g.waiting) == maxWaiting }, 10*time.Second, time.Millisecond)
	for range 1000 {
		assert.False(t, g.Wrong(t.Context(), "reading"))
	}
	cancel()
	waiting.Wait()
	assert.Empty(t, g.waiting)
	g.delay = 50 * time.Millisecond
	began := time.Now()
	assert.True(t, g.Wrong(t.Context(), "import"))
	assert.GreaterOrEqual(t, time.Since(began), g.delay)
	assert.Contains(t, log.String(), `msg="a wrong key was presented" for=import`)
}
