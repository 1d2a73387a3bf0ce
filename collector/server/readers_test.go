package server_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Clients that ask for all there is and read nothing of it keep neither those who send nor those who read from the collector.
func TestGreedyReaders(t *testing.T) {
	h := startCollector(t, options{})
	padding := strings.Repeat("x", 100_000)
	for i := range 60 {
		h.send(strings.Replace(eventJSON("E", "$device:1", fmt.Sprint(i), i), `"properties":{`, `"properties":{"p":"`+padding+`",`, 1))
	}
	for range 64 {
		conn, err := net.Dial("tcp", h.addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		for range 4 { // pipelined
			_, err = fmt.Fprintf(conn, "GET /api/events?token=t&limit=1000 HTTP/1.1\r\nHost: %s\r\n\r\n", h.addr)
			require.NoError(t, err)
		}
	}
	for i := range 50 {
		h.send(eventJSON("honest", "$device:2", fmt.Sprint("h", i), i))
		a := h.do(http.MethodGet, "/api/person?token=t&distinct_id=$device:2", "")
		require.Equal(t, http.StatusOK, a.StatusCode, a.body)
		assert.Contains(t, a.body, fmt.Sprintf(`"events":%d`, i+1))
	}
}

// More live feeds than the collector keeps are told to come later.
func TestTooManyFeeds(t *testing.T) {
	h := startCollector(t, options{})
	refused := 0
	for range 110 {
		response, err := http.Get(h.url + "/api/live?token=t")
		require.NoError(t, err)
		t.Cleanup(func() { _ = response.Body.Close() })
		if response.StatusCode == http.StatusServiceUnavailable {
			refused++
			assert.NotEmpty(t, response.Header.Get("Retry-After"))
		}
	}
	assert.Equal(t, 10, refused)
}
