// Package live tells whoever watches a project what was just stored.
package live

import (
	"sync"

	"github.com/throughline/throughline/collector/sqlite"
)

// Hub passes rows on to watchers. It never waits for one: who falls behind is let go, and comes back for what it missed.
type Hub struct {
	mu       sync.Mutex
	watchers map[string]map[chan []sqlite.Row]struct{}
	closed   bool
}

// NewHub returns a Hub without watchers.
func NewHub() *Hub { return &Hub{watchers: map[string]map[chan []sqlite.Row]struct{}{}} }

const backlog = 256 // commits that a watcher may be behind

// Watch returns a channel with the rows of each commit of a project. It is closed when the watcher fell behind, or the hub closed.
// stop ends the watch.
func (h *Hub) Watch(token string) (rows <-chan []sqlite.Row, stop func()) {
	c := make(chan []sqlite.Row, backlog)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.watchers[token] == nil {
		h.watchers[token] = map[chan []sqlite.Row]struct{}{}
	}
	h.watchers[token][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(token, c)
	}
}

// Publish passes the rows of a commit on.
func (h *Hub) Publish(rows []sqlite.Row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) == 0 {
		return
	}
	byToken := map[string][]sqlite.Row{}
	for _, row := range rows {
		if h.watchers[row.Token] != nil {
			byToken[row.Token] = append(byToken[row.Token], row)
		}
	}
	for token, rows := range byToken {
		for c := range h.watchers[token] {
			select {
			case c <- rows:
			default:
				h.drop(token, c)
			}
		}
	}
}

// Close lets all watchers go.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for token, watchers := range h.watchers {
		for c := range watchers {
			h.drop(token, c)
		}
	}
}

func (h *Hub) drop(token string, c chan []sqlite.Row) {
	if _, watching := h.watchers[token][c]; !watching {
		return
	}
	delete(h.watchers[token], c)
	close(c)
	if len(h.watchers[token]) == 0 {
		delete(h.watchers, token)
	}
}
