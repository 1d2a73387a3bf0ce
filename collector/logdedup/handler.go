// Package logdedup provides a slog.Handler that drops repeated messages, so that the log stays readable and does not fill the disk while
// thousands of clients make the same mistake. It writes nothing itself. Read Handler.
package logdedup

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Handler passes on at most one record per second with the same message. The next record says how many were dropped in between. Whoever asks for
// records below level info wants each of them: they are not counted.
type Handler struct {
	slog.Handler
	*state
}

type state struct {
	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	loggedAt   time.Time
	suppressed int
}

// maxMessages limits the memory. Messages are few and constant, but net/http puts into some of its own what a client has sent.
const maxMessages = 1000

// New returns a Handler that passes records on to next.
func New(next slog.Handler) Handler { return Handler{next, &state{entries: map[string]*entry{}}} }

// Handle passes a record on, or counts it as suppressed.
func (h Handler) Handle(ctx context.Context, record slog.Record) error {
	if record.Level < slog.LevelInfo {
		return h.Handler.Handle(ctx, record)
	}
	suppressed, ok := h.shouldLog(record)
	if !ok {
		return nil
	}
	if suppressed > 0 {
		record = record.Clone()
		record.AddAttrs(slog.Int("suppressed", suppressed))
	}
	return h.Handler.Handle(ctx, record)
}

func (m *state) shouldLog(record slog.Record) (suppressed int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	message := firstLine(record.Message)
	last := m.entries[message]
	switch {
	case last == nil:
		if len(m.entries) >= maxMessages {
			clear(m.entries)
		}
		m.entries[message] = &entry{loggedAt: record.Time}
		return 0, true
	case record.Time.Sub(last.loggedAt) < time.Second && !record.Time.Before(last.loggedAt):
		last.suppressed++
		return 0, false
	}
	suppressed = last.suppressed
	*last = entry{loggedAt: record.Time}
	return suppressed, true
}

// maxKey is how many bytes of a message count.
const maxKey = 200

// firstLine returns what tells a message from others. Below the first line, a panic's message has a stack of kilobytes, in which the number
// of the goroutine is another each time.
func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return strings.Clone(line[:min(len(line), maxKey)])
}

// Handlers made by WithAttrs and WithGroup share the state, because only the message counts.

// WithAttrs implements slog.Handler.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs), h.state}
}

// WithGroup implements slog.Handler.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{h.Handler.WithGroup(name), h.state}
}
