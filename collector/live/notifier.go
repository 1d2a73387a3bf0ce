// Package live notifies whoever watches a project when the project has new events. It does not carry the events: subscribers read them from
// the database, so that a slow subscriber takes no memory and one that reconnects continues where it was. Read Notifier.
package live

import "sync"

// Notifier notifies the subscribers of projects. It is safe for concurrent use.
type Notifier struct {
	mu          sync.Mutex
	subscribers map[string]map[chan struct{}]struct{} // by token
}

// NewNotifier returns a Notifier without subscribers.
func NewNotifier() *Notifier { return &Notifier{subscribers: map[string]map[chan struct{}]struct{}{}} }

// Subscribe returns a channel that receives one value after any number of notifications of a project. The caller must call stop when it is
// done.
func (b *Notifier) Subscribe(token string) (notified <-chan struct{}, stop func()) {
	subscriber := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subscribers[token] == nil {
		b.subscribers[token] = map[chan struct{}]struct{}{}
	}
	b.subscribers[token][subscriber] = struct{}{}
	return subscriber, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subscribers[token], subscriber)
		if len(b.subscribers[token]) == 0 {
			delete(b.subscribers, token)
		}
	}
}

// Subscribers returns how many subscribers there are, of all projects.
func (b *Notifier) Subscribers() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, subscribers := range b.subscribers {
		n += len(subscribers)
	}
	return n
}

// Notify notifies the subscribers of these projects. It never blocks.
func (b *Notifier) Notify(tokens []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, token := range tokens {
		for subscriber := range b.subscribers[token] {
			select {
			case subscriber <- struct{}{}:
			default: // The subscriber has yet to handle the last notification, and will then see this change too.
			}
		}
	}
}
