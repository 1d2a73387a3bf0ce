package server

import (
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// connLimiter limits how many clients are connected. When there is one too many, it closes the connection that has been idle longest, so
// that a client which opens ten thousand connections and sends nothing, or never finishes a request, does not keep others out.
type connLimiter struct {
	max   int
	log   *slog.Logger
	mu    sync.Mutex
	conns map[net.Conn]*list.Element // its element of idle; nil while its request is being answered
	idle  *list.List                 // of net.Conn, the one that has been idle longest first
}

func newConnLimiter(limit int, log *slog.Logger) *connLimiter {
	return &connLimiter{max: limit, log: log, conns: map[net.Conn]*list.Element{}, idle: list.New()}
}

// onStateChange records what http.Server tells of a connection. A connection counts as idle until its request has arrived completely.
func (c *connLimiter) onStateChange(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.conns[conn] = c.idle.PushBack(conn)
		if len(c.conns) > c.max {
			c.closeLongestIdle()
		}
	case http.StateIdle:
		if _, open := c.conns[conn]; open {
			c.remove(conn)
			c.conns[conn] = c.idle.PushBack(conn)
		}
	case http.StateClosed, http.StateHijacked:
		c.remove(conn)
	}
}

// open returns how many clients are connected.
func (c *connLimiter) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}

// markActive protects a connection from being closed while its request is answered.
func (c *connLimiter) markActive(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, open := c.conns[conn]; open {
		c.remove(conn)
		c.conns[conn] = nil
	}
}

func (c *connLimiter) closeLongestIdle() {
	conn := c.idle.Front().Value.(net.Conn)
	c.remove(conn)
	c.log.Warn("too many connections: the longest silent one was closed", "most", c.max)
	_ = conn.Close()
}

// closeSlowest closes the connection whose body has been under way for longest, if that is since before the time.
func (c *connLimiter) closeSlowest(before time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for element := c.idle.Front(); element != nil; element = element.Next() {
		if conn, ok := element.Value.(*countedConn); ok && conn.isSlow(before) {
			c.remove(conn)
			c.log.Warn("no memory is left for small requests: the slowest client was disconnected")
			_ = conn.Close()
			return
		}
	}
}

func (c *connLimiter) remove(conn net.Conn) {
	if element := c.conns[conn]; element != nil {
		c.idle.Remove(element)
	}
	delete(c.conns, conn)
}

type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

func connFrom(ctx context.Context) net.Conn {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	return conn
}
