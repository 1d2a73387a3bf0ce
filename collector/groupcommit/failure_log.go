package groupcommit

import (
	"log/slog"
	"sync"
	"time"
)

// FailureLog logs when the database stops accepting events, repeats that every reportInterval, and logs when it accepts them again. It is safe
// for concurrent use.
type FailureLog struct {
	Log *slog.Logger
	Now func() time.Time
	// More returns what else is logged with a failure; nil stands for nothing.
	More func() []any

	mu              sync.Mutex
	since           time.Time // the first failure since the last success; zero if there was none
	lastReported    time.Time
	refusedRequests int // since the first failure
}

const reportInterval = 10 * time.Second

// Record takes note of a commit of so many requests, err being nil where it succeeded.
func (l *FailureLog) Record(err error, requests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	if err == nil {
		if !l.since.IsZero() {
			l.Log.Info("events are stored again", "requests_refused", l.refusedRequests, "after", now.Sub(l.since).Round(time.Millisecond))
			l.since, l.lastReported, l.refusedRequests = time.Time{}, time.Time{}, 0
		}
		return
	}
	if l.since.IsZero() {
		l.since = now
	}
	l.refusedRequests += requests
	if now.Sub(l.lastReported) >= reportInterval || now.Before(l.lastReported) {
		l.lastReported = now
		attrs := []any{"error", err, "requests_refused", l.refusedRequests}
		if l.More != nil {
			attrs = append(attrs, l.More()...)
		}
		l.Log.Error("nothing is stored: clients are told to try again", attrs...)
	}
}
