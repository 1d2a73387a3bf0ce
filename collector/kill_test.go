package main_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// ledger is what the clients know: which events they have sent, and which were acknowledged.
type ledger struct {
	mu           sync.Mutex
	sent         map[string]bool
	acknowledged []string
	goalReached  chan struct{}
	goal         int
}

func (l *ledger) acknowledge(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.acknowledged)
	l.acknowledged = append(l.acknowledged, ids...)
	if before < l.goal && len(l.acknowledged) >= l.goal {
		close(l.goalReached)
	}
}

func (l *ledger) send(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.sent[id] = true
	}
}

// A collector that is killed at any moment, while several clients send, has every event that it acknowledged once. Of each request it has
// everything or nothing, and what was not acknowledged can be sent again.
func TestKill(t *testing.T) {
	const rounds, clients = 8, 6
	db := filepath.Join(t.TempDir(), "events.db")
	book := &ledger{sent: map[string]bool{}}
	var requests [][]string
	unanswered := make([][][]string, clients) // by client: the requests to repeat after the restart
	c := client(t)
	for round := range rounds {
		p := start(t, db)
		book.goal, book.goalReached = len(book.acknowledged)+1+rand.IntN(250), make(chan struct{})
		var group sync.WaitGroup
		sent := make([][][]string, clients)
		for k := range clients {
			again := unanswered[k]
			unanswered[k] = nil
			group.Go(func() {
				for i := 0; ; i++ {
					var ids []string
					if i < len(again) {
						ids = again[i]
					} else {
						for j := range 1 + (i+k)%3 {
							ids = append(ids, fmt.Sprintf("%d-%d-%d-%d", k, round, i, j))
						}
						sent[k] = append(sent[k], ids)
					}
					book.send(ids)
					events := make([]string, len(ids))
					for j, id := range ids {
						events[j] = eventJSON(id, strings.Repeat("x", (i*j*37)%3000))
					}
					if a, ok := post(c, p.url, events...); ok && a == accepted {
						book.acknowledge(ids)
						continue
					}
					unanswered[k] = append(unanswered[k], ids) // It may have been stored or not.
					if i+1 < len(again) {
						unanswered[k] = append(unanswered[k], again[i+1:]...)
					}
					return
				}
			})
		}
		<-book.goalReached
		p.kill()
		group.Wait()
		c.CloseIdleConnections()
		for k := range clients {
			requests = append(requests, sent[k]...)
		}
		counts := storedCounts(t, db)
		requireOnce(t, counts, book.acknowledged)
		for id := range counts {
			require.True(t, book.sent[id], "%s was never sent", id)
		}
		for _, ids := range requests {
			there := 0
			for _, id := range ids {
				there += counts[id]
			}
			require.Contains(t, []int{0, len(ids)}, there, "of %v", ids)
		}
	}
	p := start(t, db)
	for _, all := range unanswered {
		for _, ids := range all {
			for _, id := range ids {
				a, ok := post(c, p.url, eventJSON(id, ""))
				require.True(t, ok)
				require.Equal(t, accepted, a)
			}
		}
	}
	p.terminate()
	counts := storedCounts(t, db)
	requireOnce(t, counts, book.acknowledged)
	require.Len(t, counts, len(book.sent), "nothing is missing, nothing is there twice")
	t.Logf("%d events, %d kills", len(counts), rounds)
}
