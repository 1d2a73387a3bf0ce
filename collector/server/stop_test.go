package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A request whose body never ends does not keep the collector from stopping: after the timeout it is cut off, and nothing of it is stored.
func TestStopCutsOffUnfinishedRequests(t *testing.T) {
	p := options{db: newDatabase(t), shutdownTimeout: 1}
	h := startCollector(t, p)
	body := eventJSON("half", "d", "i", 0)
	conn := h.dial()
	_, err := fmt.Fprintf(conn, "POST /track HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body)+1)
	require.NoError(t, err)
	reads := bufio.NewReader(conn)
	line, err := reads.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line, "the request has begun")
	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	h.stop()
	rest, _ := io.ReadAll(reads)
	assert.NotContains(t, string(rest), "HTTP/1.1 200")
	assert.Contains(t, h.log.String(), "requests that had not come whole were cut off")
	assert.Empty(t, startCollector(t, options{db: p.db}).events(""))
}

// What was acknowledged is in the file when it is opened again.
func TestRestart(t *testing.T) {
	p := options{db: newDatabase(t)}
	for i := range 4 {
		h := startCollector(t, p)
		assert.Len(t, h.events(""), i)
		a := h.do(http.MethodPost, "/track", eventJSON("E", "d", fmt.Sprint("i", i), i))
		assert.Equal(t, "1", a.body)
		h.stop()
	}
}
