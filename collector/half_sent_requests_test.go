package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// halfSentRequest is a request whose body has been sent up to the middle.
type halfSentRequest struct {
	conn      net.Conn
	reader    *bufio.Reader
	remaining string // the second half of the body
}

// sendHalf sends the headers of a request and, once the collector has asked for the body with 100 Continue, half of it. From then on a
// handler is reading the request.
func sendHalf(addr, insertID string) (c *halfSentRequest, err error) {
	body := "[" + eventJSON(insertID, "") + "]"
	conn, err := net.DialTimeout("tcp", addr, 20*time.Second)
	if err != nil {
		return nil, err
	}
	c = &halfSentRequest{conn: conn, reader: bufio.NewReaderSize(conn, 512), remaining: body[len(body)/2:]}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "POST /track?verbose=1 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	if err != nil {
		return nil, err
	}
	for want := "HTTP/1.1 100 Continue\r\n"; want != ""; {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return nil, err
		}
		switch line {
		case "HTTP/1.1 100 Continue\r\n":
		case "\r\n":
			want = ""
		default:
			return nil, fmt.Errorf("not asked to go on: %q", line)
		}
	}
	_, err = io.WriteString(conn, body[:len(body)/2])
	return c, err
}

// finish sends the rest of the body and reads the response.
func (c *halfSentRequest) finish() (a answer, err error) {
	defer func() { _ = c.conn.Close() }()
	if _, err := io.WriteString(c.conn, c.remaining); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Retry-After"), string(body)}, err
}

// While thousands of requests are half sent, other clients are answered; in the end each of the thousands is too. COLLECTOR_CONNECTIONS
// sets their number, on systems with enough file descriptors for more.
func TestHeldConnections(t *testing.T) {
	connections := 2000
	if n, err := strconv.Atoi(os.Getenv("COLLECTOR_CONNECTIONS")); err == nil {
		connections = n
	}
	db := filepath.Join(t.TempDir(), "events.db")
	p := start(t, db)
	callers := make([]*halfSentRequest, connections)
	inParallel(t, connections, func(i int) (err error) {
		callers[i], err = sendHalf(p.addr, strconv.Itoa(i))
		return err
	})
	a, ok := post(client(t), p.url, eventJSON("meanwhile", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)
	inParallel(t, connections, func(i int) error {
		a, err := callers[i].finish()
		if err == nil && a != accepted {
			err = fmt.Errorf("answered %v", a)
		}
		return err
	})
	p.terminate()
	counts := storedCounts(t, db)
	requireOnce(t, counts, []string{"meanwhile", "0", strconv.Itoa(connections - 1)})
	assert.Len(t, counts, connections+1)
}

// inParallel calls do for every number below n, up to 50 at a time.
func inParallel(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	const workers = 50
	errs := make([]error, n)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	for i, err := range errs {
		require.NoError(t, err, i)
	}
}

// Clients that disconnect anywhere in the body leave neither half an event nor an open connection.
func TestClientsThatDisconnectMidBody(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	p := start(t, db)
	inParallel(t, 200, func(i int) error {
		c, err := sendHalf(p.addr, strconv.Itoa(i))
		if err != nil {
			return err
		}
		_, err = io.WriteString(c.conn, c.remaining[:i%len(c.remaining)])
		_ = c.conn.Close()
		return err
	})
	p.terminate() // It waits for open connections.
	assert.Empty(t, storedCounts(t, db))
	assert.NotContains(t, p.log.String(), "cut off")
	assert.Contains(t, p.log.String(), "the body did not arrive whole")
}
