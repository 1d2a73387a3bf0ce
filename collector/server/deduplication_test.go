package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Events with the same token, distinct_id, name, time and insert id are the same event. As in Mixpanel, properties do not count.
func TestEventsAreStoredOnce(t *testing.T) {
	const same = `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000,"$insert_id":"i","n":1}}`
	for _, test := range []struct {
		name, event string
		stored      int
	}{
		{"the very same", same, 1},
		{"other properties", `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000,"$insert_id":"i","n":2}}`, 1},
		{"the time in milliseconds", `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000000,"$insert_id":"i"}}`, 1},
		{"another name", `{"event":"F","properties":{"token":"t","distinct_id":"d","time":1700000000,"$insert_id":"i"}}`, 2},
		{"another person", `{"event":"E","properties":{"token":"t","distinct_id":"D","time":1700000000,"$insert_id":"i"}}`, 2},
		{"another time", `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000.001,"$insert_id":"i"}}`, 2},
		{"another insert id", `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000,"$insert_id":"I"}}`, 2},
		{"no insert id", `{"event":"E","properties":{"token":"t","distinct_id":"d","time":1700000000}}`, 2},
		{"another project", `{"event":"E","properties":{"token":"T","distinct_id":"d","time":1700000000,"$insert_id":"i"}}`, 2},
	} {
		for how, send := range map[string]func(h *testCollector){
			"in one request": func(h *testCollector) { h.send(same, test.event) },
			"in two":         func(h *testCollector) { h.send(same); h.send(test.event) },
			"by another endpoint": func(h *testCollector) {
				h.send(same)
				h.do(http.MethodPost, "/import", test.event, "Authorization", basicAuthHeader("t", ""))
			},
			"after a restart": nil,
		} {
			t.Run(test.name+", "+how, func(t *testing.T) {
				p := options{db: newDatabase(t)}
				h := startCollector(t, p)
				if send == nil {
					h.send(same)
					h.stop()
					h = startCollector(t, p)
					h.send(test.event)
				} else {
					send(h)
				}
				var other struct{ Events []shownEvent }
				h.get("/api/events?token=T", &other)
				assert.Equal(t, test.stored, len(h.events(""))+len(other.Events))
				assert.Equal(t, len(h.events("")), h.person("d").Events+h.person("D").Events, "the count of a person's events agrees")
			})
		}
	}
}

// Many clients repeat the same events at the same time, as pages do that did not get the response.
func TestEventsAreStoredOnceUnderRepetition(t *testing.T) {
	const clients, each = 8, 50
	h := startCollector(t, options{})
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for i := range each {
				a := h.do(http.MethodPost, "/track", eventJSON("E", fmt.Sprint("d", i%7), fmt.Sprint("i", i), i))
				assert.Equal(t, "1", a.body)
			}
		})
	}
	group.Wait()
	seen := map[string]int{}
	for _, e := range h.events("&limit=1000") {
		seen[e.InsertID]++
	}
	require.Len(t, seen, each)
	for id, times := range seen {
		assert.Equal(t, 1, times, id)
	}
	total := 0
	for i := range 7 {
		total += h.person(fmt.Sprint("d", i)).Events
	}
	assert.Equal(t, each, total)
}
