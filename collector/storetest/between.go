package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// Every event is in the time that it happened at, once, whatever its client's clock was and whoever else has events then; large ones come in pages.
func testEventsBetween(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	received := asOf.UnixMilli()
	var events []event.Event
	for i := range 2000 {
		e := event.Event{Token: []string{"t", "u"}[rand.IntN(2)], Name: "E", DistinctID: fmt.Sprint("d", i%7), InsertID: fmt.Sprintf("i%04d", i), Properties: "{}"}
		switch rand.IntN(5) {
		case 0: // No time: it is that of receipt.
		case 1:
			e.SentMS, e.ClockMS = 1+rand.Int64N(100), rand.Int64N(100)-50
		case 2:
			e.SentMS, e.Properties = received+rand.Int64N(10), `{"x":"`+strings.Repeat("x", 5000)+`"}`
		default:
			e.SentMS = rand.Int64N(100) - 10
		}
		events = append(events, e)
	}
	for i, ms := range []int64{1 << 47, 1<<47 - 1, 1 << 48, 1<<48 + 5, 8_640_000_000_000_000} {
		events = append(events, event.Event{Token: "t", Name: "far", DistinctID: "d", InsertID: fmt.Sprint("far", i), SentMS: ms, Properties: "{}"})
	}
	h.send(events...)
	for _, window := range [][2]int64{
		{math.MinInt64, math.MaxInt64}, {0, 100}, {1, 50}, {50, 51}, {50, 50}, {60, 50}, {-10, 1}, {received, received + 1}, {received + 1, math.MaxInt64}, {0, received},
		{1<<47 - 1, 1 << 47}, {1 << 47, 1 << 48}, {1 << 48, math.MaxInt64},
	} {
		for _, token := range []string{"t", "u", "nobody's"} {
			var want, got []string
			for _, e := range events {
				at := event.Stored{Event: e, ReceivedMS: received}.TimeMS()
				if e.Token == token && at >= window[0] && at < window[1] {
					want = append(want, e.InsertID)
				}
			}
			for after, pages := "", 0; ; pages++ {
				page, next, err := h.EventsBetween(t.Context(), token, window[0], window[1], after)
				require.NoError(t, err)
				require.Less(t, pages, 1000)
				for _, e := range page {
					assert.Equal(t, token, e.Token)
					got = append(got, e.InsertID)
				}
				if after = next; after == "" {
					break
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			assert.Equal(t, want, got, "%v of %s", window, token)
		}
	}
}

// A commit tells how many events it added, and how many were there.
func testCommitted(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	total := event.Commit{}
	h.close()
	h.config.Committed = func(c event.Commit) {
		assert.Positive(t, c.Took)
		total.Events, total.Duplicates, total.Updates = total.Events+c.Events, total.Duplicates+c.Duplicates, total.Updates+c.Updates
	}
	h.reopen()
	h.send(newEvent("a"), newEvent("b"), newEvent("a"))
	h.send(newEvent("b"), newEvent("c"))
	require.NoError(t, h.Store.Store(t.Context(), event.Batch{Updates: []event.Update{{Token: "t", Subject: "d", Operations: `{"$set":{"a":1}}`}}}))
	h.close()
	assert.Equal(t, event.Commit{Events: 3, Duplicates: 2, Updates: 1}, total)
}
