package main_test

import (
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ten thousand clients each hold a connection with a request that never ends. The next client is answered all the same, and the collector
// stops.
func TestTenThousandHeldConnections(t *testing.T) {
	const held = 10_000
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Cur < held+1_000 {
		t.Skipf("only %d files may be open here", limit.Cur)
	}
	db := filepath.Join(t.TempDir(), "events.db")
	p, c := start(t, db), client(t)
	conns := make([]net.Conn, held)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	for i := range conns {
		conn, err := net.Dial("tcp", p.addr)
		require.NoError(t, err, "connection %d", i)
		conns[i] = conn
		_, err = io.WriteString(conn, "POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[")
		require.NoError(t, err)
	}
	began := time.Now()
	a, ok := post(c, p.url, eventJSON("after", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)
	assert.Less(t, time.Since(began), 5*time.Second)
	p.terminate()
	counts := storedCounts(t, db)
	requireOnce(t, counts, []string{"after"})
	assert.Len(t, counts, 1)
}
