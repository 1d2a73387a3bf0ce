package sqlite

import (
	"log/slog"
	"time"
)

// health tells the log when the database stops taking events and when it takes them again, and in between now and then.
type health struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	since   time.Time // the first failure of this row; zero while all is well
	told    time.Time
	refused int // requests
}

const tellAgain = 10 * time.Second

func (h *health) note(err error, requests int) {
	now := h.now()
	if err == nil {
		if !h.since.IsZero() {
			h.log.Info("events are stored again", "requests_refused", h.refused, "after", now.Sub(h.since).Round(time.Millisecond))
			*h = health{path: h.path, log: h.log, now: h.now}
		}
		return
	}
	if h.since.IsZero() {
		h.since = now
	}
	h.refused += requests
	if now.Sub(h.told) >= tellAgain || now.Before(h.told) {
		h.told = now
		about := []any{"error", err, "requests_refused", h.refused}
		if bytes, known := room(h.path); known {
			about = append(about, "bytes_free_on_disk", bytes)
		}
		h.log.Error("nothing is stored: clients are told to try again", about...)
	}
}
