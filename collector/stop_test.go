package main_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// After a signal to stop, the collector accepts no new connections and answers the requests that have begun.
func TestStopFinishesPendingRequests(t *testing.T) {
	const requests = 50
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "events.db")
			p := start(t, db)
			callers := make([]*halfSentRequest, requests)
			inParallel(t, requests, func(i int) (err error) {
				callers[i], err = sendHalf(p.addr, strconv.Itoa(i))
				return err
			})
			require.NoError(t, p.cmd.Process.Signal(signal))
			for { // until connections are refused
				conn, err := net.Dial("tcp", p.addr)
				if err != nil {
					break
				}
				_ = conn.Close()
			}
			inParallel(t, requests, func(i int) error {
				a, err := callers[i].finish()
				if err == nil && a != accepted {
					err = fmt.Errorf("answered %v", a)
				}
				return err
			})
			<-p.exited
			assert.Zero(t, p.cmd.ProcessState.ExitCode())
			assert.NotContains(t, p.log.String(), "cut off")
			counts := storedCounts(t, db)
			requireOnce(t, counts, nil)
			assert.Len(t, counts, requests)
			assert.NoFileExists(t, db+"-wal", "all of it is in the one file")
		})
	}
}

// When it is stopped under load, every request is either stored and acknowledged, or gets no response.
func TestStopUnderLoad(t *testing.T) {
	const clients = 6
	db := filepath.Join(t.TempDir(), "events.db")
	p, c := start(t, db), client(t)
	var mu sync.Mutex
	var acknowledged []string
	var group sync.WaitGroup
	going := make(chan struct{}, clients)
	for k := range clients {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(k, "-", i)
				a, ok := post(c, p.url, eventJSON(id, ""))
				if !ok {
					return
				}
				assert.Equal(t, accepted, a)
				mu.Lock()
				acknowledged = append(acknowledged, id)
				mu.Unlock()
				if i == 20 {
					going <- struct{}{}
				}
			}
		})
	}
	for range clients {
		<-going
	}
	p.terminate()
	group.Wait()
	requireOnce(t, storedCounts(t, db), acknowledged)
}
