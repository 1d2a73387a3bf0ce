package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watcher reads a feed as a browser's EventSource does.
type watcher struct {
	t          *testing.T
	lines      *bufio.Reader
	disconnect func()
	lastID     string
}

type message struct{ event, data string }

func (h *testCollector) watch(lastID string) *watcher {
	h.t.Helper()
	// The timeout keeps a feed that sends nothing from blocking the test for ever.
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/live?token=t", nil)
	require.NoError(h.t, err)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(h.t, err)
	require.Equal(h.t, http.StatusOK, response.StatusCode)
	require.Equal(h.t, "text/event-stream", response.Header.Get("Content-Type"))
	w := &watcher{t: h.t, lines: bufio.NewReader(response.Body), disconnect: func() { cancel(); _ = response.Body.Close() }, lastID: lastID}
	h.t.Cleanup(w.disconnect)
	return w
}

// readBlock reads up to an empty line. As in browsers, a block without data is no message but sets the last id.
func (w *watcher) readBlock() (m message, ok bool) {
	w.t.Helper()
	for {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			return message{}, false
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "":
			return m, true
		case "id":
			w.lastID = value
		case "event":
			m.event = value
		case "data":
			m.data += value
		}
	}
}

func (w *watcher) nextMessage() message {
	w.t.Helper()
	for {
		m, ok := w.readBlock()
		require.True(w.t, ok, "the feed ended")
		if m.data != "" {
			return m
		}
	}
}

func (w *watcher) events() []shownEvent {
	w.t.Helper()
	m := w.nextMessage()
	require.Equal(w.t, "events", m.event, m.data)
	var events []shownEvent
	require.NoError(w.t, json.Unmarshal([]byte(m.data), &events))
	return events
}

// collect reads messages until it has got n events.
func (w *watcher) collect(n int) (events []shownEvent) {
	w.t.Helper()
	for len(events) < n {
		events = append(events, w.events()...)
	}
	return events
}

func TestLiveShowsCommits(t *testing.T) {
	h := startCollector(t, options{})
	h.send(eventJSON("old", "d", "i0", 0))
	w := h.watch("")
	w.readBlock() // The feed has begun.
	h.send(`{"event":"new","properties":{"token":"t",` + "\n\r" + `"distinct_id":"d","$insert_id":"i1"}}`)
	got := w.events()
	require.Len(t, got, 1)
	assert.Equal(t, "new", got[0].Event)
	assert.Equal(t, h.events("&limit=1"), got, "as the list shows it")
	assert.Equal(t, strconv.FormatInt(got[0].ID, 10), w.lastID)

	h.send(eventJSON("new", "d", "i0", 0), eventJSON("old", "d", "i0", 0), eventJSON("last", "d", "i2", 0))
	assert.Equal(t, []string{"new", "last"}, names(w.collect(2)), "what is already stored is not sent")
}

func TestLiveShowsOneProjectOnly(t *testing.T) {
	h := startCollector(t, options{})
	w := h.watch("")
	w.readBlock()
	h.send(`{"event":"foreign","properties":{"token":"other","distinct_id":"d"}}`, eventJSON("own", "d", "i", 0))
	assert.Equal(t, []string{"own"}, names(w.events()))
}

func TestLiveReportsMovedIDs(t *testing.T) {
	h := startCollector(t, options{})
	h.send(eventJSON("before", "jane", "e1", 1))
	w := h.watch("")
	w.readBlock()
	h.send(eventJSON("after", "$device:1", "e2", 2))
	require.Equal(t, "$device:1", w.events()[0].Person)
	h.send(aliasJSON("jane", "$device:1", "a", 3))
	claim := w.events()[0]
	assert.Equal(t, "$create_alias", claim.Event)
	moved := w.nextMessage()
	assert.Equal(t, "person", moved.event)
	assert.JSONEq(t, `{"distinct_id":"jane","person":"$device:1"}`, moved.data)
}

// A deletion takes persons apart: who watches is told, also what becomes of the ids afterwards.
func TestLiveAfterDeletion(t *testing.T) {
	h := startCollector(t, options{})
	h.send(eventJSON("E", "jane", "e1", 1), aliasJSON("jane", "$device:1", "a", 2))
	w := h.watch("")
	w.readBlock()
	require.Equal(t, http.StatusAccepted, h.do(http.MethodDelete, "/api/person?token=t&distinct_id=jane", "").StatusCode)
	moved := map[string]bool{}
	for range 2 {
		m := w.nextMessage()
		require.Equal(t, "person", m.event)
		moved[m.data] = true
	}
	assert.Contains(t, moved, `{"distinct_id":"jane","person":"jane"}`)
	require.Eventually(t, func() bool { return !strings.Contains(h.do(http.MethodGet, "/api/events?token=t", "").body, "jane") }, 10*time.Second, time.Millisecond)
	now := int(time.Now().Unix()) - 1_700_000_000 + 60
	h.send(eventJSON("E", "jane", "e2", now))
	assert.Equal(t, "jane", w.events()[0].Person, "she came back")
	h.send(aliasJSON("jane", "$device:2", "a2", now))
	w.events()
	assert.JSONEq(t, `{"distinct_id":"jane","person":"$device:2"}`, w.nextMessage().data)
}

// A watcher that reconnects gets each event that it missed once, and then the new ones.
func TestLiveResumes(t *testing.T) {
	h := startCollector(t, options{})
	w := h.watch("")
	w.readBlock()
	for i := range 5 {
		h.send(eventJSON(fmt.Sprint("E", i), "d", fmt.Sprint("i", i), i))
	}
	require.Equal(t, []string{"E0", "E1", "E2", "E3", "E4"}, names(w.collect(5)))
	w.disconnect()
	for i := 5; i < 2505; i += 500 { // more than one page of events
		var records []string
		for j := i; j < i+500; j++ {
			records = append(records, eventJSON(fmt.Sprint("E", j), "d", fmt.Sprint("i", j), j))
		}
		h.send(records...)
	}
	again := h.watch(w.lastID)
	for i, e := range again.collect(2500) {
		require.Equal(t, fmt.Sprint("E", i+5), e.Event)
	}
	require.Equal(t, message{"person", `{"distinct_id":"d","person":"d"}`}, again.nextMessage(), "whose they are may have changed meanwhile")
	h.send(eventJSON("E2505", "d", "i2505", 0))
	assert.Equal(t, []string{"E2505"}, names(again.events()))
}

// A watcher that missed very many events gets only the newest of them, and is told which it does not get.
func TestLiveSkips(t *testing.T) {
	const total, maxBacklog = 12_500, 10_000
	h := startCollector(t, options{})
	for i := 0; i < total; i += 500 {
		var records []string
		for j := i; j < i+500; j++ {
			records = append(records, eventJSON(fmt.Sprint("E", j+1), "d", fmt.Sprint("i", j), 0))
		}
		h.send(records...)
	}
	w := h.watch("0")
	first := w.collect(1000)
	assert.Equal(t, "E1", first[0].Event)
	assert.Equal(t, "E1000", first[999].Event)
	skipped := w.nextMessage()
	assert.Equal(t, "skipped", skipped.event)
	assert.JSONEq(t, fmt.Sprintf(`{"after":1000,"before":%d}`, total-maxBacklog+1), skipped.data)
	assert.Equal(t, fmt.Sprint(total-maxBacklog), w.lastID)
	for i, e := range w.collect(maxBacklog) {
		require.Equal(t, fmt.Sprint("E", total-maxBacklog+1+i), e.Event)
	}
}

// A watcher may resume with an id of a database that no longer exists. It gets the new events of this one.
func TestLiveResumesInANewDatabase(t *testing.T) {
	for _, before := range []int{0, 3} {
		t.Run(fmt.Sprint(before, " events"), func(t *testing.T) {
			h := startCollector(t, options{})
			for i := range before {
				h.send(eventJSON("old", "d", fmt.Sprint("i", i), i))
			}
			w := h.watch("500")
			w.readBlock()
			assert.Equal(t, fmt.Sprint(before), w.lastID)
			h.send(eventJSON("new", "d", "new", 0))
			for m := w.nextMessage(); ; m = w.nextMessage() {
				if m.event == "events" {
					assert.Contains(t, m.data, `"event":"new"`)
					return
				}
			}
		})
	}
}

func TestLiveWithInvalidLastEventID(t *testing.T) {
	h := startCollector(t, options{})
	h.send(eventJSON("old", "d", "i", 0))
	for _, id := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		w := h.watch(id)
		w.readBlock()
		assert.Equal(t, "1", w.lastID, id)
		w.disconnect()
	}
}

// Every watcher sees every event once and in order, while many clients send.
func TestLiveUnderLoad(t *testing.T) {
	const clients, each, watchers = 4, 60, 3
	h := startCollector(t, options{})
	var all []*watcher
	for range watchers {
		w := h.watch("")
		w.readBlock()
		all = append(all, w)
	}
	var senders sync.WaitGroup
	defer senders.Wait() // A feed may show an event before its sender has the answer, for which the end of the test would be a failure.
	for c := range clients {
		senders.Go(func() {
			for i := range each {
				h.do(http.MethodPost, "/track", eventJSON("E", "d", fmt.Sprint(c, "-", i), i))
			}
		})
	}
	for _, w := range all {
		seen, last := map[string]bool{}, int64(0)
		for _, e := range w.collect(clients * each) {
			require.Greater(t, e.ID, last)
			last = e.ID
			seen[e.InsertID] = true
		}
		require.Len(t, seen, clients*each)
	}
}

// A feed never ends by itself, so stopping the collector must end it.
func TestLiveEndsWithTheServer(t *testing.T) {
	h := startCollector(t, options{})
	w := h.watch("")
	w.readBlock()
	stopped := make(chan struct{})
	go func() { h.stop(); close(stopped) }()
	_, more := w.readBlock()
	assert.False(t, more)
	<-stopped
}
