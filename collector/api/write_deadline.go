package api

import (
	"net/http"
	"sync"
	"time"
)

// deadline is for how long a feed waits for a watcher that reads nothing. When the feed has to end it is over at once, in the middle
// of a write too.
type writeDeadline struct {
	control *http.ResponseController
	mu      sync.Mutex
	expired bool
}

// extend gives the watcher time for another write.
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
	_ = d.control.SetWriteDeadline(time.Now()) // It fails where the watcher has gone.
}
