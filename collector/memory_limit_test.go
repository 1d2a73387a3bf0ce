//go:build linux

package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// peakMemory returns the most memory that the process ever had, in bytes.
func (p *process) peakMemory() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(p.t, found)
	kB, err := strconv.Atoi(string(found[1]))
	require.NoError(p.t, err)
	return kB << 10
}

// skipWithRaceDetector skips a test of memory where the program is built with the race detector, which takes several times as much.
func skipWithRaceDetector(t *testing.T) {
	t.Helper()
	if len(buildFlags) > 0 {
		t.Skip("the race detector takes memory of its own")
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// largeBodies are requests of ten megabytes, in the forms that take the most memory for what they weigh.
func largeBodies(t *testing.T) map[string]string {
	large := func(filler string) string {
		events := make([]string, 5)
		for i := range events {
			// Without an insert id each of them is stored, whatever else was.
			events[i] = `{"event":"E","properties":{"token":"t","distinct_id":"d","x":"` + strings.Repeat(filler, 2_000_000/len(filler)) + `"}}`
		}
		return "[" + strings.Join(events, ",") + "]"
	}
	broken := `{"event":"E","properties":{"token":"t","distinct_id":"d","x":"` + strings.Repeat("a\xff", 1_000_000) + `"}}`
	longIDs := make([]string, 1500)
	for i := range longIDs {
		longIDs[i] = `{"event":"","properties":{"$insert_id":"` + strings.Repeat("<", 255) + `"}}`
	}
	return map[string]string{
		"gzip of 10 kB":        gzipped(t, large("a")),
		"gzip of base64":       gzipped(t, "data="+base64.StdEncoding.EncodeToString([]byte(large("a")[:7_000_000]+`"}}]`))),
		"a form":               "data=" + url.QueryEscape(large("a")),
		"broken UTF-8":         gzipped(t, "["+strings.Repeat(broken+",", 4)+broken+"]"),
		"faults to answer":     gzipped(t, "["+strings.Join(longIDs, ",")+"]"),
		"5 MB as an insert id": gzipped(t, `[{"event":"E","properties":{"token":"t","$insert_id":"`+strings.Repeat("<", 2_000_000)+`"}}]`),
		"no end of gzip":       gzipped(t, strings.Repeat(" ", 100<<20)),
	}
}

// Requests that decompress to a thousand times their size, a hundred at a time, do not take more memory than the collector was given; each
// is stored or told to come again, and a small request is answered meanwhile.
func TestLargeRequestsStayWithinTheMemory(t *testing.T) {
	skipWithRaceDetector(t)
	for _, limit := range []struct {
		bytes     int
		env, flag string
	}{
		{1 << 30, "GOMEMLIMIT=1GiB", ""}, {256 << 20, "GOMEMLIMIT=256MiB", ""}, {256 << 20, "", "204M"},
	} {
		t.Run(limit.env+limit.flag, func(t *testing.T) {
			args := []string{"--db", filepath.Join(t.TempDir(), "events.db")}
			if limit.flag != "" {
				args = append(args, "--memory", limit.flag)
			}
			cmd := command(args...)
			cmd.Env = append(cmd.Env, limit.env)
			p, c := startCommand(t, cmd), client(t)
			done := make(chan struct{})
			var honest sync.WaitGroup
			var sent int
			honest.Go(func() {
				for {
					a, ok := post(c, p.url, eventJSON(fmt.Sprint("honest", sent), ""))
					assert.True(t, ok)
					assert.Equal(t, accepted, a)
					sent++
					select {
					case <-done:
						return
					case <-time.After(20 * time.Millisecond):
					}
				}
			})
			for name, body := range largeBodies(t) {
				var stored, later atomic.Int32
				var attack sync.WaitGroup
				for range 100 {
					attack.Go(func() {
						response, err := c.Post(p.url+"/track?verbose=1", "application/json", strings.NewReader(body))
						if !assert.NoError(t, err) {
							return
						}
						defer func() { _ = response.Body.Close() }()
						_, err = io.Copy(io.Discard, response.Body)
						assert.NoError(t, err)
						if response.StatusCode != http.StatusServiceUnavailable {
							stored.Add(1)
							return
						}
						assert.Equal(t, "5", response.Header.Get("Retry-After"))
						later.Add(1)
					})
				}
				attack.Wait()
				assert.Positive(t, stored.Load(), name)
				t.Logf("%s: %d answered, %d told to come again, peak %d MiB", name, stored.Load(), later.Load(), p.peakMemory()>>20)
			}
			close(done)
			honest.Wait()
			assert.Less(t, p.peakMemory(), limit.bytes)
			p.terminate()
			assert.Greater(t, sent, 10)
		})
	}
}

// Clients that send nearly all of a header or of a body, and then nothing, do not take more memory than there is.
func TestUnfinishedRequestsStayWithinTheMemory(t *testing.T) {
	skipWithRaceDetector(t)
	const limit = 256 << 20
	for name, unfinished := range map[string]string{
		"headers":               "POST /track HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-Filler: "+strings.Repeat("x", 990)+"\r\n", 60),
		"one name, many values": "POST /track HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("A:\r\n", 14_000),
		"bodies":                "POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n[" + strings.Repeat(" ", 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command("--db", filepath.Join(t.TempDir(), "events.db"), "--memory", "204M")
			p, c := startCommand(t, cmd), client(t)
			conns := make([]net.Conn, 1500)
			defer func() {
				for _, conn := range conns {
					if conn != nil {
						_ = conn.Close()
					}
				}
			}()
			inParallel(t, len(conns), func(i int) (err error) {
				if conns[i], err = net.Dial("tcp", p.addr); err != nil {
					return err
				}
				_ = conns[i].SetWriteDeadline(time.Now().Add(10 * time.Second))
				_, _ = io.WriteString(conns[i], unfinished) // The collector may have closed the connection.
				return nil
			})
			a, ok := post(c, p.url, eventJSON("honest", ""))
			assert.True(t, ok)
			assert.Equal(t, accepted, a)
			assert.Less(t, p.peakMemory(), limit)
			t.Logf("peak %d MiB", p.peakMemory()>>20)
		})
	}
}
