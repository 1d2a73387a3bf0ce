package api

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"
)

// Limits for those who read, so that no one of them keeps the others, or those who send, from the collector.
const (
	// readTimeout is how long the database may take for an answer.
	readTimeout = 10 * time.Second
	// maxConcurrentReads is how many answers are put together at a time: others wait. Each takes some megabytes at most.
	maxConcurrentReads = 8
	// largePage is from how many events on a page counts as large.
	largePage = 200
	// maxUnreadBytes is how much of finished answers may be in memory, until clients that read slowly have taken them.
	maxUnreadBytes = 64 << 20
	// maxFeeds is how many live feeds and exports there may be. Each knows up to maxKnownIDs ids.
	maxFeeds = 100
)

// limits count what is under way.
type limits struct {
	reads  *semaphore.Weighted
	large  *semaphore.Weighted // of the reads, those of large pages: a connection to the database is left for the others
	unread *semaphore.Weighted // bytes
	feeds  *semaphore.Weighted
	// exports are those of events; a person's count as feeds.
	exports *semaphore.Weighted
}

func newLimits() limits {
	return limits{
		reads: semaphore.NewWeighted(maxConcurrentReads), large: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)-1))),
		unread: semaphore.NewWeighted(maxUnreadBytes), feeds: semaphore.NewWeighted(maxFeeds),
		exports: semaphore.NewWeighted(maxEventExports),
	}
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
		result := &answer{header: w.Header(), status: http.StatusOK}
		if !a.takeTurn(result, r.WithContext(ctx), handle) {
			a.refuseForNow(w, "too much is being read; try again")
			return
		}
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

// takeTurn waits for the request's turn and calls handle; it returns false if the turn did not come in time.
func (a *API) takeTurn(w http.ResponseWriter, r *http.Request, handle http.HandlerFunc) bool {
	turns := []*semaphore.Weighted{a.limits.reads}
	if limit, _ := strconv.Atoi(r.URL.Query().Get("limit")); limit >= largePage {
		turns = []*semaphore.Weighted{a.limits.large, a.limits.reads}
	}
	for _, turn := range turns {
		if turn.Acquire(r.Context(), 1) != nil {
			return false
		}
		defer turn.Release(1)
	}
	handle(w, r)
	return true
}

func (a *API) refuseForNow(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusServiceUnavailable, message)
}
