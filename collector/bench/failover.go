//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/postgres/pgtest"
	"github.com/throughline/throughline/collector/store"
)

// failoverResult is what became of events while primaries were killed and their standbys promoted.
type failoverResult struct {
	Rounds       int     `json:"rounds"`
	Acknowledged int     `json:"acknowledged"`
	Lost         int     `json:"lost"`
	Twice        int     `json:"twice"`
	Errors       int     `json:"errors"`       // that senders were answered
	LongestMS    float64 `json:"longest_ms"`   // that a sender waited
	PromotionMS  float64 `json:"promotion_ms"` // the longest
}

// failover kills the primary of a pair under load and promotes its standby, so many times, each time with a new pair.
func failover(rounds int) (*failoverResult, error) {
	result := &failoverResult{}
	for range rounds {
		if err := result.round(); err != nil {
			return nil, err
		}
		result.Rounds++
	}
	return result, nil
}

// senders are clients of two stores, each of which sends one batch after the other.
type senders struct {
	mu           sync.Mutex
	running      sync.WaitGroup
	ended        chan struct{}
	acknowledged []string
	errors       int
	longest      time.Duration
}

const failoverSenders = 8

func (r *failoverResult) round() (err error) {
	primary, standby, address, remove, err := startPair()
	defer remove()
	if err != nil {
		return err
	}
	stores := make([]store.Store, 2)
	for i := range stores {
		opened, err := openStore(address)
		if err != nil {
			return err
		}
		defer func() { _ = opened.Close() }()
		stores[i] = opened
	}
	s := &senders{ended: make(chan struct{})}
	for n := range failoverSenders {
		s.running.Go(func() { s.send(n, stores[n%2]) })
	}
	time.Sleep(time.Second)
	primary.Kill()
	killed := time.Now()
	err = standby.Promote()
	promotion := time.Since(killed)
	time.Sleep(time.Second)
	close(s.ended)
	s.running.Wait()
	if err != nil {
		return err
	}
	r.Acknowledged += len(s.acknowledged)
	r.Errors += s.errors
	r.LongestMS = math.Max(r.LongestMS, float64(s.longest.Milliseconds()))
	r.PromotionMS = math.Max(r.PromotionMS, float64(promotion.Milliseconds()))
	return r.count(stores[0], s.acknowledged)
}

// startPair starts a primary that waits for its standby at each commit. remove ends both and deletes their files.
func startPair() (primary, standby *pgtest.Server, address string, remove func(), err error) {
	var undo []func()
	remove = func() {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}
	start := func(run func(folder string) (*pgtest.Server, error)) (*pgtest.Server, error) {
		folder, err := os.MkdirTemp("", "throughline-postgres-")
		if err != nil {
			return nil, err
		}
		undo = append(undo, func() { _ = os.RemoveAll(folder) })
		server, err := run(folder)
		if err == nil {
			undo = append(undo, server.Stop)
		}
		return server, err
	}
	primary, err = start(func(folder string) (*pgtest.Server, error) {
		return pgtest.Start(folder, "synchronous_standby_names = 'standby'")
	})
	if err != nil {
		return nil, nil, "", remove, err
	}
	standby, err = start(func(folder string) (*pgtest.Server, error) { return primary.Standby(folder, "standby") })
	if err == nil {
		err = primary.CreateDatabase("bench")
	}
	if err != nil {
		return nil, nil, "", remove, err
	}
	return primary, standby, fmt.Sprintf("postgres://postgres@127.0.0.1:%d,127.0.0.1:%d/bench?sslmode=disable", primary.Port, standby.Port), remove, nil
}

func (s *senders) send(sender int, to store.Store) {
	for n := 0; ; n++ {
		select {
		case <-s.ended:
			return
		default:
		}
		var batch event.Batch
		var ids []string
		for i := range 1 + (sender*7+n)%50 {
			ids = append(ids, fmt.Sprint(sender, "-", n, "-", i))
			batch.Events = append(batch.Events, event.Event{Token: "bench", Name: eventName, DistinctID: "d", SentMS: firstMS + int64(n), InsertID: ids[i], Properties: "{}"})
		}
		begun := time.Now()
		err := to.Store(context.Background(), batch)
		s.mu.Lock()
		s.longest = max(s.longest, time.Since(begun))
		if err == nil {
			s.acknowledged = append(s.acknowledged, ids...)
		} else {
			s.errors++
		}
		s.mu.Unlock()
	}
}

// count compares what was acknowledged with what is stored.
func (r *failoverResult) count(from store.Store, acknowledged []string) error {
	counts := map[string]int{}
	for last := int64(0); ; {
		page, err := from.After(context.Background(), "bench", last, 10_000)
		if err != nil {
			return errors.Join(errors.New("read what is stored"), err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			counts[e.InsertID]++
			last = e.ID
		}
	}
	for _, n := range counts {
		r.Twice += n - 1
	}
	for _, id := range acknowledged {
		if counts[id] == 0 {
			r.Lost++
		}
	}
	return nil
}
