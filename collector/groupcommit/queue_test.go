package groupcommit

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// Clients that send one request after the other are committed together where the writer gathers, and a client that is alone does not wait.
func TestGathering(t *testing.T) {
	const clients, requests = 8, 30
	var commits atomic.Int64
	q := New(Gathering{AtMost: time.Second, Bytes: 1 << 20}, func([]*Job[struct{}]) error {
		commits.Add(1)
		time.Sleep(2 * time.Millisecond) // Without work there is nothing to gather for: each job would be committed before the next one comes.
		return nil
	})
	begun := time.Now()
	for range requests {
		require.NoError(t, q.Do(t.Context(), event.Batch{}, struct{}{}))
	}
	assert.Less(t, time.Since(begun), requests*time.Second/2, "a client that is alone does not wait")
	assert.Equal(t, int64(requests), commits.Load())
	commits.Store(0)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for range requests {
				time.Sleep(time.Millisecond)
				assert.NoError(t, q.Do(t.Context(), event.Batch{}, struct{}{}))
			}
		})
	}
	group.Wait()
	assert.Less(t, commits.Load(), int64(clients*requests/2))
	q.Close()
	require.ErrorIs(t, q.Do(t.Context(), event.Batch{}, struct{}{}), ErrClosed)
}

// All jobs of a commit are told its error, except for one that was answered before.
func TestAnswers(t *testing.T) {
	failed, own := errors.New("the disk is full"), errors.New("a job's own")
	begun, hold := make(chan struct{}, 100), make(chan struct{})
	q := New(Gathering{}, func(jobs []*Job[int]) error {
		begun <- struct{}{}
		<-hold
		for _, j := range jobs {
			if j.Task == 3 {
				j.Answer(own)
			}
		}
		return failed
	})
	defer q.Close()
	errs := make([]error, 6)
	var group sync.WaitGroup
	for task := range errs {
		group.Go(func() { errs[task] = q.Do(t.Context(), event.Batch{}, task) })
	}
	<-begun // so that the writer does not begin with the next one
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, q.Do(ctx, event.Batch{}, 6), context.Canceled)
	close(hold)
	group.Wait()
	for task, err := range errs {
		if task == 3 {
			require.ErrorIs(t, err, own)
		} else {
			require.ErrorIs(t, err, failed)
		}
	}
}
