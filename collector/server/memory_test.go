package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/memory"
)

// Clients that send bodies of ordinary size, but never the end of them, take all the memory for requests. They are disconnected in favour of
// those who go on, long before their time is up.
func TestSlowBodiesDoNotKeepOthersOut(t *testing.T) {
	t.Parallel()
	h := startCollector(t, options{config: func(c *app.Config) { c.Memory = memory.Smallest }})
	began := time.Now()
	for _, size := range []int{200_000, 10_000, 100} { // The smaller ones take what is left between the larger.
		for range 150 {
			conn := h.dial()
			_, err := fmt.Fprintf(conn, "POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 250000\r\n\r\n[%s", strings.Repeat(" ", size))
			require.NoError(t, err)
		}
	}
	post := func() int { return h.do(http.MethodPost, "/track", eventJSON("E", "d", "i", 0)).StatusCode }
	require.Eventually(t, func() bool { return post() == http.StatusServiceUnavailable }, 12*time.Second, 10*time.Millisecond, "they have taken it all")
	time.Sleep(time.Until(began.Add(7 * time.Second)))
	answers := []int{post(), post(), post(), post(), post()}
	assert.Contains(t, answers, http.StatusOK)
	assert.Less(t, time.Since(began), 20*time.Second, "their own time is 30 seconds")
	assert.Contains(t, h.log.String(), "the slowest client was disconnected")
	assert.Len(t, h.events(""), 1)
}

// A request that could not be parsed within the memory even alone is to be sent in parts; one that only has to wait is to be sent again.
func TestTooLargeForTheMemory(t *testing.T) {
	h := startCollector(t, options{config: func(c *app.Config) { c.Memory = memory.Smallest }})
	body := "[" + strings.Repeat(`{"event":"E","properties":{"token":"t","x":"`+strings.Repeat("\xff<", 2400)+`"}},`, 1999) + "{}]"
	a := h.do(http.MethodPost, "/track?verbose=1", gzipped(body))
	assert.Equal(t, http.StatusRequestEntityTooLarge, a.StatusCode)
	assert.Empty(t, a.Header.Get("Retry-After"))
	assert.JSONEq(t, `{"status":0,"error":"the request needs more memory than the collector may take: send less at a time","refused":"request"}`, a.body)
	assert.Empty(t, h.events(""))
	half := "[" + strings.Repeat(`{"event":"E","properties":{"token":"t","x":"`+strings.Repeat("\xff<", 2400)+`"}},`, 500) + "]"
	assert.Equal(t, http.StatusOK, h.do(http.MethodPost, "/track?verbose=1", gzipped(half)).StatusCode)
}
