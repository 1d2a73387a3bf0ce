package api

import (
	"net/http"
	"sync"
	"time"
)

// writeDeadline limits how long a feed waits for a client that does not read. When the feed has to end, it also interrupts a write that is
// under way.
type writeDeadline struct {
	control *http.ResponseController
	mu      sync.Mutex
	expired bool
}

// extend allows the client writeTimeout for the next write.
func (d *writeDeadline) extend() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.expired {
		return errFeedEnded
	}
	return d.control.SetWriteDeadline(time.Now().Add(writeTimeout))
}

func (d *writeDeadline) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expired = true
	_ = d.control.SetWriteDeadline(time.Now()) // The only error is a closed connection.
}
