package api

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

// Limits for those who read, so that no one of them keeps the others, or those who send, from the collector.
const (
	// readTimeout is how long the database may take for an answer.
	readTimeout = 10 * time.Second
	// maxConcurrentReads is how many answers are put together at a time: others wait. Each takes some megabytes at most.
	maxConcurrentReads = 8
	// maxUnreadBytes is how much of finished answers may be in memory, until clients that read slowly have taken them.
	maxUnreadBytes = 64 << 20
	// maxFeeds is how many live feeds and exports there may be. Each knows up to maxKnownIDs ids.
	maxFeeds = 100
)

// limits count what is under way.
type limits struct {
	reads  *semaphore.Weighted
	unread *semaphore.Weighted // bytes
	feeds  *semaphore.Weighted
}

func newLimits() limits {
	return limits{semaphore.NewWeighted(maxConcurrentReads), semaphore.NewWeighted(maxUnreadBytes), semaphore.NewWeighted(maxFeeds)}
}

// answer is a handler's answer, before it is written.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(p []byte) (int, error) {
	a.body = append(a.body, p...)
	return len(p), nil
}

// limited returns a handler that waits for its turn, and lets the next one have its turn before its answer is written: a client that does not
// read what it asked for holds nobody up.
func (a *API) limited(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		defer cancel()
		if err := a.limits.reads.Acquire(ctx, 1); err != nil {
			a.refuseForNow(w, "too much is being read; try again")
			return
		}
		result := &answer{header: w.Header(), status: http.StatusOK}
		func() {
			defer a.limits.reads.Release(1)
			handle(result, r.WithContext(ctx))
		}()
		size := int64(len(result.body))
		if !a.limits.unread.TryAcquire(size) {
			a.refuseForNow(w, "too much is being read; try again")
			return
		}
		defer a.limits.unread.Release(size)
		w.WriteHeader(result.status)
		_, _ = w.Write(result.body) // The only error is a closed connection.
	}
}

func (a *API) refuseForNow(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusServiceUnavailable, message)
}
