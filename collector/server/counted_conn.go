package server

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/throughline/throughline/collector/memory"
)

// connBytes is what a connection takes without a request's headers: its goroutine's stack, net/http's buffers for reading and writing, and
// what the operating system keeps.
const connBytes = 20 << 10

// freeHeaderBytes is how many bytes of a request's headers are part of connBytes. Browsers send about one kilobyte.
const freeHeaderBytes = 4 << 10

// headerFactor is how much memory a byte of a long header takes at most: of many headers with one letter and no value, net/http keeps a
// string of 16 bytes for each four, in a slice that has doubled.
const headerFactor = 8

var errHeadersOverBudget = errors.New("the headers take more memory than there is now")

// countingListener accepts connections that count the bytes of headers against the budget: a header that never ends is read before any
// handler is called.
type countingListener struct {
	net.Listener
	budget *memory.Budget
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn, reserved: l.budget.NewReservation()}, nil
}

// countedConn counts what is read from the connection until the handler of the request has begun, and keeps it reserved until the request
// has been answered, because the request holds its headers for as long.
type countedConn struct {
	net.Conn
	mu       sync.Mutex // net/http reads from another goroutine while a handler runs
	reserved *memory.Reservation
	read     int
	inBody   bool      // the handler has begun: what is read from now on is the body, which the request counts itself
	began    time.Time // of the handler
	closed   bool
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if reserveErr := c.count(n); reserveErr != nil {
		return 0, reserveErr
	}
	return n, err
}

func (c *countedConn) count(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inBody || c.closed {
		return nil
	}
	before := max(c.read, freeHeaderBytes)
	c.read += n
	if c.read > before && c.reserved.Reserve((c.read-before)*headerFactor) != nil {
		return errHeadersOverBudget // net/http closes the connection: the client has no answer and keeps its data.
	}
	return nil
}

// beginBody ends the counting of headers.
func (c *countedConn) beginBody(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inBody, c.began = true, now
}

// isSlow reports whether the body of a request has been under way since before a time.
func (c *countedConn) isSlow(before time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inBody && c.began.Before(before)
}

// beginHeaders gives back the memory of the last request, and counts the headers of the next.
func (c *countedConn) beginHeaders() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved.ReleaseAll()
	c.read, c.inBody = 0, false
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.reserved.ReleaseAll()
	c.mu.Unlock()
	return c.Conn.Close()
}
