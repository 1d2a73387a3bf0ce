// Package attempts slows down those who try keys. It does not know what the right key is. Read Guard.
package attempts

import (
	"context"
	"log/slog"
	"time"
)

// Limits on wrong keys. With them, an hour of guessing is a quarter of a million keys; a key of 16 random characters stands up to that for
// longer than the universe.
const (
	delay      = time.Second
	maxWaiting = 64
)

// Guard delays the answers to wrong keys. Whoever presents the right one never waits, because that is compared first.
type Guard struct {
	log     *slog.Logger
	waiting chan struct{}
	delay   time.Duration
}

// New returns a Guard that logs to log.
func New(log *slog.Logger) *Guard {
	return &Guard{log: log, waiting: make(chan struct{}, maxWaiting), delay: delay}
}

// Wrong waits, so that keys cannot be tried quickly, and logs that somebody tries; what names the thing that the key opens. If too many are
// already waiting, each of which takes memory, it returns false at once: the answer then is that there were too many attempts.
//
// Neither the key nor the client's address is logged: a mistyped key is almost the right one.
func (g *Guard) Wrong(ctx context.Context, what string) bool {
	g.log.Warn("a wrong key was presented", "for", what)
	select {
	case g.waiting <- struct{}{}:
	default:
		return false
	}
	defer func() { <-g.waiting }()
	select {
	case <-time.After(g.delay):
	case <-ctx.Done():
	}
	return true
}
