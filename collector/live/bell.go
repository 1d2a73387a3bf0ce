// Package live wakes whoever watches a project when there is something new in it. What it is they read from the database: so a slow
// watcher holds no memory, and one that comes back reads on where it was.
package live

import "sync"

// Bell is safe for concurrent use.
type Bell struct {
	mu        sync.Mutex
	listeners map[string]map[chan struct{}]struct{} // by token
}

// NewBell returns a Bell that nobody listens to.
func NewBell() *Bell { return &Bell{listeners: map[string]map[chan struct{}]struct{}{}} }

// Listen returns a channel that has something in it after news of a project, however much news there was. stop ends it.
func (b *Bell) Listen(token string) (news <-chan struct{}, stop func()) {
	ear := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners[token] == nil {
		b.listeners[token] = map[chan struct{}]struct{}{}
	}
	b.listeners[token][ear] = struct{}{}
	return ear, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners[token], ear)
		if len(b.listeners[token]) == 0 {
			delete(b.listeners, token)
		}
	}
}

// Ring tells those who listen to these projects. It never waits.
func (b *Bell) Ring(tokens []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, token := range tokens {
		for ear := range b.listeners[token] {
			select {
			case ear <- struct{}{}:
			default: // It has not yet looked at the last news; it will see these too.
			}
		}
	}
}
