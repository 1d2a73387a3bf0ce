package sqlite

import (
	"log/slog"
	"time"
)

// failureLog logs when the database stops accepting events, repeats that every reportInterval, and logs when it accepts them again.
type failureLog struct {
	path            string
	log             *slog.Logger
	now             func() time.Time
	since           time.Time // the first failure since the last success; zero if there was none
	lastReported    time.Time
	refusedRequests int // since the first failure
}

const reportInterval = 10 * time.Second

func (h *failureLog) record(err error, requests int) {
	now := h.now()
	if err == nil {
		if !h.since.IsZero() {
			h.log.Info("events are stored again", "requests_refused", h.refusedRequests, "after", now.Sub(h.since).Round(time.Millisecond))
			*h = failureLog{path: h.path, log: h.log, now: h.now}
		}
		return
	}
	if h.since.IsZero() {
		h.since = now
	}
	h.refusedRequests += requests
	if now.Sub(h.lastReported) >= reportInterval || now.Before(h.lastReported) {
		h.lastReported = now
		attrs := []any{"error", err, "requests_refused", h.refusedRequests}
		if bytes, known := freeSpace(h.path); known {
			attrs = append(attrs, "bytes_free_on_disk", bytes)
		}
		h.log.Error("nothing is stored: clients are told to try again", attrs...)
	}
}
