// Package hush keeps a log readable, and its disk from filling, while thousands of clients do the same wrong thing.
package hush

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Handler passes on a record only when a second has gone by since the last with the same message. The next one says how many were
// passed over.
type Handler struct {
	slog.Handler
	*memory
}

type memory struct {
	mu   sync.Mutex
	said map[string]*saying
}

type saying struct {
	at     time.Time
	hushed int
}

// mostSayings bounds the memory: messages are few, and written in the program, but net/http puts addresses into some.
const mostSayings = 1000

// New returns a Handler that passes records on to next.
func New(next slog.Handler) Handler { return Handler{next, &memory{said: map[string]*saying{}}} }

// Handle passes a record on, or counts it.
func (h Handler) Handle(ctx context.Context, record slog.Record) error {
	hushed, speak := h.ask(record)
	if !speak {
		return nil
	}
	if hushed > 0 {
		record = record.Clone()
		record.AddAttrs(slog.Int("and_so_often_before", hushed))
	}
	return h.Handler.Handle(ctx, record)
}

func (m *memory) ask(record slog.Record) (hushed int, speak bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.said[record.Message]
	switch {
	case last == nil:
		if len(m.said) >= mostSayings {
			clear(m.said)
		}
		m.said[record.Message] = &saying{at: record.Time}
		return 0, true
	case record.Time.Sub(last.at) < time.Second && !record.Time.Before(last.at):
		last.hushed++
		return 0, false
	}
	hushed = last.hushed
	*last = saying{at: record.Time}
	return hushed, true
}

// WithAttrs and WithGroup share the memory: what counts is the message.

// WithAttrs is slog.Handler's.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs), h.memory}
}

// WithGroup is slog.Handler's.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{h.Handler.WithGroup(name), h.memory}
}
