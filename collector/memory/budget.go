// Package memory keeps the collector within the memory that it may take: it finds out how much that is, and shares it between the
// requests that are being answered. It knows neither HTTP nor records. Read Budget, then Available in available.go.
package memory

import (
	"errors"
	"sync"
)

// Errors of Reservation.Reserve.
var (
	// ErrBusy is returned while other requests hold the memory: later there may be enough.
	ErrBusy = errors.New("too much is under way at once")
	// ErrNeverFits is returned for a request that needs more than there is even when no other is under way.
	ErrNeverFits = errors.New("the request needs more memory than the collector may take")
)

// smallBytes is up to how much a request counts as small. The clients of a web page send less than this at a time.
const smallBytes = 256 << 10

// Budget is memory that all requests share. An eighth of it is kept for small requests, so that they are answered while large ones take
// all the rest.
type Budget struct {
	mu    sync.Mutex
	total int64
	free  int64
}

// NewBudget returns a Budget of that many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{total: bytes, free: bytes} }

// Total returns how many bytes there are.
func (b *Budget) Total() int64 { return b.total }

// Free returns how many bytes are not reserved.
func (b *Budget) Free() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.free
}

// keptForSmall is what large requests leave free.
func (b *Budget) keptForSmall() int64 { return b.total / 8 }

// Reservation is the part of a Budget that one request has taken. It is not safe for concurrent use. A nil Reservation reserves nothing
// and refuses nothing.
type Reservation struct {
	budget *Budget
	bytes  int64
}

// NewReservation returns an empty Reservation.
func (b *Budget) NewReservation() *Reservation { return &Reservation{budget: b} }

// Bytes returns how many bytes are taken.
func (r *Reservation) Bytes() int { return int(r.bytes) }

// Reserve takes bytes from the budget. If it returns an error, nothing was taken.
func (r *Reservation) Reserve(bytes int) error {
	if r == nil {
		return nil
	}
	b, n := r.budget, int64(bytes)
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := int64(0)
	if r.bytes+n > smallBytes {
		kept = b.keptForSmall()
	}
	switch {
	case r.bytes+n > b.total-kept:
		return ErrNeverFits
	case n > b.free-kept:
		return ErrBusy
	}
	b.free -= n
	r.bytes += n
	return nil
}

// Release gives back a part of what was reserved.
func (r *Reservation) Release(bytes int) {
	if r == nil {
		return
	}
	n := min(int64(bytes), r.bytes)
	r.budget.mu.Lock()
	defer r.budget.mu.Unlock()
	r.budget.free += n
	r.bytes -= n
}

// Keep gives back all but so many bytes.
func (r *Reservation) Keep(bytes int) {
	if r != nil {
		r.Release(int(max(0, r.bytes-int64(bytes))))
	}
}

// IsSmall reports whether what was reserved is no more than a small request takes.
func (r *Reservation) IsSmall() bool { return r == nil || r.bytes <= smallBytes }

// ReleaseAll gives back all that was reserved.
func (r *Reservation) ReleaseAll() {
	if r != nil {
		r.Release(int(r.bytes))
	}
}
