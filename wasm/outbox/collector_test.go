package outbox

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"
)

// arrivedRequest is a request as it arrives at the collector.
type arrivedRequest struct {
	Request
	at     int64
	events []event
}

type event struct {
	Event      string
	Properties map[string]any
}

func (e event) id() string {
	id, _ := e.Properties["$insert_id"].(string)
	return id
}

func insertID(message string) string {
	var e event
	_ = json.Unmarshal([]byte(message), &e)
	return e.id()
}

// reply is what the network and the collector do with a request.
type reply struct {
	answer            Answer
	lost              bool // it does not arrive
	answerLost        bool // the answer does not arrive: the page sees a network error
	noAnswer          bool // the page sees nothing at all
	replacesCollector bool // answer comes in place of the collector's
}

// collector stores events once, and answers as ours does.
type collector struct {
	stored         map[string]int // insert id -> how often it arrived
	order          []string       // of first arrival
	bad            map[string]bool
	limit          int  // bytes of a body
	namesNoRecords bool // bad batches are refused without naming records
	refusesWith200 bool // status 200 for a refusal
	aliasTaken     string
}

func (c *collector) receive(r *arrivedRequest) Answer {
	if len(r.Body) > c.limit {
		return Answer{Status: 413, RetryAfterMS: -1, Body: "<html>Request Entity Too Large</html>"}
	}
	var failed []map[string]any
	for i, e := range r.events {
		if c.bad[e.id()] {
			failed = append(failed, map[string]any{"index": i, "$insert_id": e.id(), "field": "time", "message": "is not a time"})
		}
	}
	if len(failed) > 0 && c.namesNoRecords {
		status := 400
		if c.refusesWith200 {
			status = 200
		}
		return Answer{Status: status, RetryAfterMS: -1, Body: `{"status":0,"error":"some event is bad"}`}
	}
	for _, e := range r.events {
		if c.bad[e.id()] {
			continue
		}
		if c.stored[e.id()] == 0 {
			c.order = append(c.order, e.id())
		}
		c.stored[e.id()]++
	}
	if len(failed) > 0 {
		body, _ := json.Marshal(map[string]any{"status": 0, "error": "event 1: bad", "failed_records": failed})
		return Answer{Status: 400, RetryAfterMS: -1, Body: string(body)}
	}
	return Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1,"error":null` + c.aliasTaken + `}`}
}

func (p *page) Send(id uint32, sent Request) bool {
	w := p.world
	r := &arrivedRequest{Request: Request{URL: strings.Clone(sent.URL), Body: strings.Clone(sent.Body), Mode: sent.Mode}, at: w.now}
	values, err := url.ParseQuery(r.Body)
	require.NoError(w.t, err)
	data := values.Get("data")
	if strings.HasPrefix(data, "{") { // A message that goes alone.
		data = "[" + data + "]"
	}
	require.NoError(w.t, json.Unmarshal([]byte(data), &r.events), "%s", data)
	require.NotEmpty(w.t, r.events)
	if r.Mode != Fetch && p.inFlightBytes+len(r.Body) > w.faults.keepalive {
		if r.Mode == Beacon {
			return false
		}
		p.requests = append(p.requests, r)
		w.schedule(0, func() { p.answer(id, Answer{RetryAfterMS: -1, Body: "quota"}) })
		return true
	}
	p.requests = append(p.requests, r)
	if r.Mode != Fetch {
		p.inFlightBytes += len(r.Body)
	}
	out := reply{}
	if w.faults.network != nil {
		out = w.faults.network(r)
	}
	if r.Mode == Beacon {
		w.schedule(0, func() { p.answer(id, Answer{RetryAfterMS: -1}) })
	}
	w.schedule(w.faults.latency/2, func() {
		answer := out.answer
		if r.Mode == Fetch && !p.alive && w.rand.Intn(2) == 0 {
			return // It died with its page.
		}
		if !out.lost && !out.replacesCollector {
			answer = w.collector.receive(r)
		}
		if out.answerLost || out.lost && !out.replacesCollector {
			answer = Answer{RetryAfterMS: -1, Body: "TypeError: Failed to fetch"}
		}
		w.schedule(w.faults.latency/2, func() {
			if r.Mode != Fetch {
				p.inFlightBytes -= len(r.Body)
			}
			if r.Mode != Beacon && !out.noAnswer {
				p.answer(id, answer)
			}
		})
	})
	return true
}

func (p *page) answer(id uint32, answer Answer) {
	p.ifAlive(func() { p.outbox.Answered(p.world.now, id, answer) })
}
