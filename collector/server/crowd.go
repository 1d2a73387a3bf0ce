package server

import (
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// crowd bounds how many are connected. When one too many comes, whoever has been silent for longest goes: who holds ten thousand
// connections and says nothing, or never comes to an end, keeps nobody out.
type crowd struct {
	most   int
	log    *slog.Logger
	mu     sync.Mutex
	all    map[net.Conn]*list.Element // an element of silent, or nil for who is being answered
	silent *list.List                 // of net.Conn, the longest silent first
}

func newCrowd(most int, log *slog.Logger) *crowd {
	return &crowd{most: most, log: log, all: map[net.Conn]*list.Element{}, silent: list.New()}
}

// changed is http.Server's ConnState. A connection counts as silent until its request has come whole.
func (c *crowd) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.all[conn] = c.silent.PushBack(conn)
		if len(c.all) > c.most {
			c.leave()
		}
	case http.StateIdle:
		if _, here := c.all[conn]; here {
			c.forget(conn)
			c.all[conn] = c.silent.PushBack(conn)
		}
	case http.StateClosed, http.StateHijacked:
		c.forget(conn)
	}
}

// busy is for who is being answered.
func (c *crowd) busy(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, here := c.all[conn]; here {
		c.forget(conn)
		c.all[conn] = nil
	}
}

func (c *crowd) leave() {
	conn := c.silent.Front().Value.(net.Conn)
	c.forget(conn)
	c.log.Warn("too many connections: the longest silent one was closed", "most", c.most)
	_ = conn.Close()
}

func (c *crowd) forget(conn net.Conn) {
	if element := c.all[conn]; element != nil {
		c.silent.Remove(element)
	}
	delete(c.all, conn)
}

type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

func connOf(ctx context.Context) net.Conn {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	return conn
}
