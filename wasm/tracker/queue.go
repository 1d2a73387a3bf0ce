package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// TakeQueue takes over messages that mixpanel-browser has queued for an endpoint, a JSON array, and stores them. The caller then removes them
// from that library's queue.
func (t *Tracker) TakeQueue(endpoint identity.Endpoint, messages string, now int64) {
	t.now = now
	t.refresh(now)
	_ = jsontext.Array(messages, func(message string) bool {
		t.accept(t.visitor.AdoptQueued(endpoint, message, t.insertID()))
		return true
	})
	t.commit(now)
}
