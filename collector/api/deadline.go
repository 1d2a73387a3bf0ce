package api

import (
	"net/http"
	"sync"
	"time"
)

// deadline is for how long a feed waits for a watcher that reads nothing. When the feed has to end it is over at once, in the middle
// of a write too.
type deadline struct {
	control *http.ResponseController
	mu      sync.Mutex
	ended   bool
}

// extend gives the watcher time for another write.
func (d *deadline) extend() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return errEnded
	}
	return d.control.SetWriteDeadline(time.Now().Add(patience))
}

func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	_ = d.control.SetWriteDeadline(time.Now()) // It fails where the watcher has gone.
}
