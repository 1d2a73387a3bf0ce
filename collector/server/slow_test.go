package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/server"
)

func (h *testCollector) dial() net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(h.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// Clients that send slowly or nothing are disconnected. Nothing of an incomplete request is stored, and the next client is answered.
func TestSlowClients(t *testing.T) {
	shortTimeouts := func(s *server.Server) { s.SetTimeouts(time.Second, 2*time.Second, time.Second) }
	body := eventJSON("slow", "d", "i", 0)
	for _, test := range []struct {
		name, send string
		drip       bool // keeps sending a byte at a time until the connection is closed
		want       string
	}{
		{"says nothing", "", false, ""},
		{"half a header", "POST /track HTTP/1.1\r\nHost: local", false, ""},
		{"a header that never ends", "POST /track HTTP/1.1\r\nHost: localhost\r\nX-Drip: ", true, ""},
		{"half a body", fmt.Sprintf("POST /track?verbose=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(body)+1, body), false, "the body did not arrive in time"},
		{"a body that never ends", "POST /track?verbose=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{", true, "the body did not arrive in time"},
		{"a body in pieces that never ends", "POST /track?verbose=1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", false, "the body did not arrive in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := startCollector(t, options{configure: shortTimeouts})
			conn := h.dial()
			_, err := io.WriteString(conn, test.send)
			require.NoError(t, err)
			if test.drip {
				go func() {
					for err == nil {
						time.Sleep(20 * time.Millisecond)
						_, err = io.WriteString(conn, "x")
					}
				}()
			}
			text, _ := io.ReadAll(conn) // It ends when the collector closes the connection, perhaps with a reset.
			if test.want != "" {
				assert.Contains(t, string(text), "HTTP/1.1 408 Request Timeout")
				assert.Contains(t, string(text), test.want)
				assert.Contains(t, h.log.String(), test.want)
			}
			assert.Empty(t, h.events(""))
			h.send(body)
			assert.Len(t, h.events(""), 1)
		})
	}
}

// A connection may be idle between two requests, but not without limit.
func TestIdleClients(t *testing.T) {
	t.Parallel()
	h := startCollector(t, options{configure: func(s *server.Server) { s.SetTimeouts(time.Second, time.Second, time.Second) }})
	conn := h.dial()
	reads := bufio.NewReader(conn)
	for range 2 {
		_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(reads, nil)
		require.NoError(t, err)
		_, err = io.ReadAll(response.Body)
		require.NoError(t, err)
	}
	_, err := reads.ReadByte()
	assert.ErrorIs(t, err, io.EOF)
}

// A live feed outlives the timeouts of other requests.
func TestFeedsOutliveRequests(t *testing.T) {
	t.Parallel()
	h := startCollector(t, options{configure: func(s *server.Server) { s.SetTimeouts(time.Second, time.Second, time.Second) }})
	w := h.watch("")
	w.readBlock()
	time.Sleep(1200 * time.Millisecond) // longer than the timeouts of requests
	h.send(eventJSON("E", "d", "i", 0))
	assert.Equal(t, []string{"E"}, names(w.events()))
}

// At the limit of connections, the one that has been idle longest is closed; those being answered stay.
func TestTooManyConnections(t *testing.T) {
	const max = 4
	h := startCollector(t, options{maxConnections: max})
	w := h.watch("") // it takes one connection, and is never idle
	w.readBlock()
	defer w.disconnect()
	var silent, answered []net.Conn
	for range max - 1 {
		silent = append(silent, h.dial())
	}
	for _, oldest := range silent {
		conn := h.dial()
		_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		answered = append(answered, conn)
		_, err = io.ReadAll(oldest)
		require.NoError(t, err, "it was closed")
		for _, younger := range silent[len(answered):] {
			require.NoError(t, younger.SetReadDeadline(time.Now()))
			_, err = younger.Read(make([]byte, 1))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it is still open")
			require.NoError(t, younger.SetReadDeadline(time.Now().Add(20*time.Second)))
		}
	}
	assert.Contains(t, h.log.String(), "too many connections: the longest silent one was closed")
	a := h.do(http.MethodPost, "/track", eventJSON("E", "d", "i", 0))
	assert.Equal(t, "1", a.body)
	assert.Equal(t, []string{"E"}, names(w.events()))
}

// A client that takes all connections with unfinished bodies does not keep others out.
func TestTooManyHalfRequests(t *testing.T) {
	const max = 4
	h := startCollector(t, options{maxConnections: max})
	body := eventJSON("held", "d", "held", 0)
	var held []net.Conn
	for range max {
		conn := h.dial()
		_, err := fmt.Fprintf(conn, "POST /track HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(body))
		require.NoError(t, err)
		asked := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		_, err = io.ReadFull(conn, asked)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 100 Continue\r\n\r\n", string(asked))
		held = append(held, conn)
	}
	a := h.do(http.MethodPost, "/track", eventJSON("E", "d", "i", 0))
	assert.Equal(t, "1", a.body)
	_, err := io.ReadAll(held[0])
	require.NoError(t, err, "it had waited for longest, and was closed")
	_, err = io.WriteString(held[max-1], body)
	require.NoError(t, err)
	text, err := io.ReadAll(held[max-1])
	require.NoError(t, err)
	assert.Contains(t, string(text), "HTTP/1.1 200 OK", "whoever goes on is answered")
	assert.ElementsMatch(t, []string{"E", "held"}, names(h.events("")))
}

// A watcher that does not read delays neither senders nor other watchers nor the shutdown.
func TestWatcherThatDoesNotRead(t *testing.T) {
	const events, size = 300, 100_000 // more than the operating system buffers
	h := startCollector(t, options{})
	stalled := h.dial()
	_, err := io.WriteString(stalled, "GET /api/live?token=t HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	w := h.watch("")
	w.readBlock()
	const together = 4 // The other watcher reads now and then, or it would be cut off itself on a slow machine.
	for i := range events {
		h.send(fmt.Sprintf(`{"event":"E","properties":{"token":"t","$insert_id":"%d","x":"%s"}}`, i, strings.Repeat("x", size)))
		if (i+1)%together == 0 {
			assert.Len(t, w.collect(together), together)
		}
	}
	h.stop()
	assert.NotContains(t, h.log.String(), "cut off")
}

// Addresses of the length that clients send are accepted; longer ones are refused.
func TestLongAddresses(t *testing.T) {
	h := startCollector(t, options{})
	for size, want := range map[int]int{1000: 400, 60_000: 400, 100_000: 431} {
		conn := h.dial()
		_, err := fmt.Fprintf(conn, "GET /track?data=%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", strings.Repeat("x", size))
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		assert.Equal(t, want, response.StatusCode, size)
	}
}
