package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers returns these replies for the first requests, and leaves all others to the collector.
func answers(replies ...reply) func(*arrivedRequest) reply {
	i := 0
	return func(*arrivedRequest) reply {
		if i++; i <= len(replies) {
			return replies[i-1]
		}
		return reply{}
	}
}

func status(code int, body string) reply {
	return reply{lost: true, replacesCollector: true, answer: Answer{Status: code, RetryAfterMS: -1, Body: body}}
}

func times(n int, r reply) []reply {
	all := make([]reply, n)
	for i := range all {
		all[i] = r
	}
	return all
}

func TestFailuresLoseNothing(t *testing.T) {
	const portal = "<!DOCTYPE html><title>Welcome to Hotel Wi-Fi</title>"
	for name, r := range map[string]reply{
		"connection reset":             {lost: true},
		"answer lost after the commit": {answerLost: true},
		"answer that never comes":      {noAnswer: true},
		"503":                          status(503, ""),
		"500 with a body":              status(500, `{"status":0,"error":"disk is full"}`),
		"429":                          status(429, ""),
		"408":                          status(408, ""),
		"401":                          status(401, `{"status":0}`),
		"403":                          status(403, "denied"),
		"404":                          status(404, "1"),
		"captive portal":               status(200, portal),
		"empty 200":                    status(200, ""),
		"204":                          status(204, ""),
		"JSON of somebody else":        status(200, `{"ok":true}`),
		"half an answer":               status(200, `{"status":1,"err`),
		"400 of a wrong address":       status(400, portal),
		"413 of a wrong address":       status(413, portal),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.network = answers(times(6, r)...)
			p := w.open()
			ids := p.track(20)
			w.run(1_000)
			ids = append(ids, p.track(20)...)
			w.settle()
			w.requireStoredOnce(ids...)
			if probed := r.answer.Status == 400 || r.answer.Status == 413; probed {
				assert.ElementsMatch(t, ids, w.collector.order)
			} else {
				assert.Equal(t, ids, w.collector.order)
			}
			assert.Empty(t, p.rejected)
			assert.Empty(t, w.disk)
			assert.Zero(t, p.outbox.Waiting())
			assert.Zero(t, p.outbox.Dropped().Total())
		})
	}
}

func TestWrongAddressIsReportedOnce(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = answers(times(5, status(404, "not found"))...)
	p := w.open()
	ids := p.track(2)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, []int{404}, p.misanswered)
}

func TestLongOutageIsReportedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		answer      Answer
		after       int64
		want        []string
		misanswered []int
		nothing     bool
	}{
		"a failing fetch, for a moment":           {answer: Answer{Body: "TypeError: Failed to fetch"}, after: 15_000},
		"a failing fetch":                         {answer: Answer{Body: "TypeError: Failed to fetch"}, after: 3_600_000, want: []string{"TypeError: Failed to fetch"}},
		"offline":                                 {answer: Answer{}, after: 3_600_000},
		"a policy":                                {answer: Answer{Status: Forbidden, Body: "policy"}, after: 1_000, want: []string{"policy"}},
		"a policy, for long":                      {answer: Answer{Status: Forbidden, Body: "policy"}, after: 3_600_000, want: []string{"policy"}},
		"a collector that is replaced":            {answer: Answer{Status: 503}, after: 240_000},
		"a gateway with nothing behind it":        {answer: Answer{Status: 502}, after: 3_600_000, misanswered: []int{502}},
		"a limit on requests, for long":           {answer: Answer{Status: 429}, after: 3_600_000, misanswered: []int{429}},
		"no answer, and no error, to any request": {answer: Answer{}, after: 3_600_000, want: []string{"no answer came in time"}, nothing: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			c.answer.RetryAfterMS = -1
			w.faults.network = func(*arrivedRequest) reply {
				return reply{lost: true, replacesCollector: true, noAnswer: c.nothing, answer: c.answer}
			}
			p := w.open()
			ids := p.track(3)
			w.run(c.after)
			assert.Equal(t, c.want, p.unreachable)
			assert.Equal(t, c.misanswered, p.misanswered)
			assert.Equal(t, 3, p.outbox.Waiting())
			w.faults.network = nil
			w.settle()
			w.requireStoredOnce(ids...)
		})
	}
}

// A machine that wakes up, or a page that is unfrozen, often has no network for a moment. The time it slept is not an outage.
func TestSuspendedMachineIsNoOutage(t *testing.T) {
	for _, back := range []bool{true, false} {
		w := newWorld(t, 1)
		w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
		p := w.open()
		p.track(1)
		for range 5 {
			w.run(2_500) // Two or three requests fail.
			if w.now += 8 * 3_600_000; back {
				p.outbox.Resume(w.now)
			}
		}
		w.run(9_000)
		assert.Empty(t, p.unreachable)
		w.run(600_000)
		assert.Len(t, p.unreachable, 1)
	}
}

// An outage ends with a success, and a clock that jumps does not make one.
func TestOutageEndsWithASuccess(t *testing.T) {
	w := newWorld(t, 1)
	n := 0
	w.faults.network = func(*arrivedRequest) reply { n++; return reply{lost: n%4 != 0} }
	p := w.open()
	for range 200 {
		p.track(1)
		w.run(20_000)
	}
	assert.Empty(t, p.unreachable)
}

func TestRequestsToAForbiddenAddressAreFew(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply {
		return reply{lost: true, replacesCollector: true, answer: Answer{Status: Forbidden, RetryAfterMS: -1, Body: "policy"}}
	}
	p := w.open()
	p.track(1)
	w.run(3_600_000)
	assert.Less(t, len(p.requests), 20)
}

func TestRetriesBackOffAndAreSpread(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return status(503, "") }
	p := w.open()
	p.track(1)
	w.run(3_600_000)
	require.Greater(t, len(p.requests), 50)
	assert.Less(t, len(p.requests), 140)
	gaps := map[int64]bool{}
	for i, r := range p.requests[1:] {
		gap := r.at - p.requests[i].at
		gaps[gap] = true
		assert.GreaterOrEqual(t, gap, int64(minRetryMS/2))
		assert.LessOrEqual(t, gap, int64(maxRetryMS+50))
	}
	assert.Greater(t, len(gaps), 20)
}

func TestDeliveryResumesSoonAfterAShortOutage(t *testing.T) {
	w := newWorld(t, 1)
	down := true
	w.faults.network = func(*arrivedRequest) reply {
		if down {
			return status(503, "")
		}
		return reply{}
	}
	p := w.open()
	ids := p.track(5)
	w.run(10_000)
	down = false
	w.run(10_000)
	w.requireStoredOnce(ids...)
}

func TestRetryAfterIsObeyedByAllTabs(t *testing.T) {
	w := newWorld(t, 1)
	asked := status(429, "")
	asked.answer.RetryAfterMS = 30_000
	w.faults.network = answers(asked)
	first := w.open()
	start := w.now
	ids := first.track(3)
	w.run(100)
	second := w.open()
	ids = append(ids, second.track(3)...)
	second.outbox.Flush(w.now, 7)
	first.outbox.Resume(w.now)
	first.outbox.Leave(w.now)
	w.run(1_000)
	third := w.open()
	w.settle()
	w.requireStoredOnce(ids...)
	assert.False(t, second.flushed[7])
	for _, p := range w.pages {
		for _, r := range p.requests {
			if r.at > start+50 {
				assert.GreaterOrEqual(t, r.at, start+30_000)
			}
		}
	}
	assert.Empty(t, third.requests)
	assert.Empty(t, w.disk, "and forgotten when it works again")
}

func TestRetryAfterInTheFarFutureIsIgnored(t *testing.T) {
	w := newWorld(t, 1)
	asked := status(503, "")
	asked.answer.RetryAfterMS = 1 << 50
	w.faults.network = answers(asked)
	p := w.open()
	ids := p.track(3)
	w.run(maxRetryAfterMS + 10_000)
	w.requireStoredOnce(ids...)
	w.disk["tlo_token_wait"] = "999999999999999999"
	second := w.open()
	ids = second.track(1)
	w.run(1_000)
	w.requireStoredOnce(ids...)
}

func TestTooLargeBatchIsSplitInOrder(t *testing.T) {
	w := newWorld(t, 1)
	w.collector.limit = 2_000
	p := w.open()
	ids := p.track(50)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, p.rejected)
	late := len(p.requests)
	p.track(50)
	w.settle()
	for _, r := range p.requests[late:] {
		assert.LessOrEqual(t, len(r.Body), 2_000, "it remembers what the collector takes")
	}
}

func TestTooLargeEventIsRejected(t *testing.T) {
	w := newWorld(t, 1)
	w.collector.limit = 50_000
	p := w.open()
	ids := p.track(3)
	big := p.append("Big", `,"text":"`+strings.Repeat("x", 60_000)+`"`)
	ids = append(ids, p.track(3)...)
	w.settle()
	w.requireStoredOnce(ids...)
	assert.Equal(t, []string{big}, p.rejected)
	assert.Equal(t, Drops{TooLarge: 1}, p.outbox.Dropped())
}

func TestBadEventsAreRejectedAndTheRestDelivered(t *testing.T) {
	for name, change := range map[string]func(*collector){
		"named by the answer": func(*collector) {},
		"found by halves":     func(c *collector) { c.namesNoRecords = true },
		"refused with 200":    func(c *collector) { c.namesNoRecords, c.refusesWith200 = true, true },
	} {
		for _, bad := range [][]int{{0}, {17}, {49}, {0, 1, 2}, {7, 30, 31, 48}, {50}, {99}} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, 1)
				change(&w.collector)
				p := w.open()
				ids := append(p.track(50), p.track(50)...)
				w.collector.bad = map[string]bool{}
				var want, good []string
				for i, id := range ids {
					w.collector.bad[id] = false
					for _, b := range bad {
						w.collector.bad[id] = w.collector.bad[id] || b == i
					}
					if w.collector.bad[id] {
						want = append(want, id)
					} else {
						good = append(good, id)
					}
				}
				w.settle()
				assert.Equal(t, want, p.rejected)
				if name == "named by the answer" || bad[0] > 0 {
					assert.Equal(t, append(good, p.ownEvents...), w.collector.order)
				} else { // Before anything was accepted, later messages serve as probes, so the order changes.
					assert.ElementsMatch(t, append(good, p.ownEvents...), w.collector.order)
				}
				assert.Equal(t, Drops{Rejected: len(bad)}, p.outbox.Dropped())
				for _, reason := range p.reasons {
					assert.NotEmpty(t, reason)
				}
				assert.LessOrEqual(t, len(p.requests), 15*len(bad)+8)
			})
		}
	}
}

// The rejected event may be the last that the page tracks.
func TestRejectionIsReportedThoughNoEventFollows(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	ids := p.track(50)
	w.collector.bad = map[string]bool{ids[23]: true}
	w.settle()
	assert.Equal(t, ids[23:24], p.rejected)
	assert.Equal(t, []Drops{{Rejected: 1}}, p.undelivered)
	w.requireStoredOnce(append(p.ownEvents, ids[:23]...)...)
}

func TestSingleBadEventIsRejectedOnceAnotherWasAccepted(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	bad := p.track(1)
	w.faults.network = func(r *arrivedRequest) reply {
		for _, e := range r.events {
			if e.id() == bad[0] {
				return status(400, "bad request")
			}
		}
		return reply{}
	}
	good := p.track(3)
	w.settle()
	w.requireStoredOnce(good...)
	assert.Equal(t, bad, p.rejected)
	assert.Empty(t, p.misanswered)
}

// If nothing at all is accepted, a refusal says nothing about the event.
func TestNothingIsRejectedWhereNothingIsAccepted(t *testing.T) {
	for name, r := range map[string]reply{
		"400 in Mixpanel's words":            status(400, `{"status":0,"error":"token, missing or empty"}`),
		"200 in Mixpanel's words":            status(200, `{"status":0,"error":"data, missing or empty"}`),
		"0":                                  status(200, "0"),
		"400 of somebody else":               status(400, "<html>Bad Request</html>"),
		"413":                                status(413, ""),
		"the request as a whole":             status(400, `{"status":0,"error":"no data","refused":"request"}`),
		"the request as a whole, and a name": status(400, `{"status":0,"refused":"request","failed_records":[{"index":0,"message":"odd"}]}`),
	} {
		for _, before := range []int{0, 1, 3} {
			w := newWorld(t, 1)
			p := w.open()
			ids := p.track(before)
			w.run(1_000) // What was accepted before the collector changed proves nothing.
			w.faults.network = func(*arrivedRequest) reply { return r }
			ids = append(ids, p.track(100)...)
			big := p.append("Big", `,"text":"`+strings.Repeat("x", 60_000)+`"`)
			p.outbox.Commit(w.now)
			w.run(3_600_000)
			assert.Empty(t, p.rejected, name)
			assert.Equal(t, []int{r.answer.Status}, p.misanswered, name)
			assert.Equal(t, 101, p.outbox.Waiting(), name)
			assert.Less(t, len(p.requests), 120, "an hour of it: %s", name)
			w.faults.network = nil
			w.settle()
			w.requireStoredOnce(append(ids, big)...)
			assert.Zero(t, p.outbox.Dropped().Total())
			assert.Empty(t, w.disk)
		}
	}
}

// A single event is not rejected however often it is refused. It is once another was accepted, before or after.
func TestSingleRefusedEventWaitsUntilAnotherIsAccepted(t *testing.T) {
	for name, r := range map[string]reply{"refused": status(200, "0"), "too large": status(413, "")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			p := w.open()
			var bad string
			w.faults.network = func(got *arrivedRequest) reply {
				for _, e := range got.events {
					if e.id() == bad {
						return r
					}
				}
				return reply{}
			}
			bad = p.track(1)[0]
			w.run(7_200_000)
			assert.Empty(t, p.rejected)
			assert.Equal(t, 1, p.outbox.Waiting())
			good := p.track(1)
			w.settle()
			w.requireStoredOnce(good...)
			assert.Equal(t, []string{bad}, p.rejected)
			bad = p.track(1)[0]
			w.run(10_000)
			assert.Len(t, p.rejected, 2, "what was taken before is proof enough, and goes again")
			assert.Equal(t, 2, p.outbox.Dropped().Total())
		})
	}
}

// One of several servers behind the address may be broken.
func TestAlternatingRefusalsRejectNothing(t *testing.T) {
	for _, broken := range []int{2, 3} {
		w := newWorld(t, 1)
		n := 0
		w.faults.network = func(*arrivedRequest) reply {
			if n++; n%broken == 0 {
				return reply{}
			}
			return status(400, `{"status":0}`)
		}
		p := w.open()
		ids := p.track(50)
		w.run(3_600_000)
		assert.Empty(t, p.rejected)
		w.faults.network = nil
		w.settle()
		w.requireStoredOnce(ids...)
	}
}

// Several servers behind one address take turns, or are chosen at random, and one of them refuses everything.
func TestOneBrokenServerOfSeveralLosesNoEvents(t *testing.T) {
	for name, broken := range map[string]func(n, chance int) bool{
		"every other":   func(n, _ int) bool { return n%2 == 0 },
		"every third":   func(n, _ int) bool { return n%3 == 0 },
		"every fifth":   func(n, _ int) bool { return n%5 == 0 },
		"half of them":  func(_, chance int) bool { return chance < 50 },
		"a third":       func(_, chance int) bool { return chance < 33 },
		"a tenth":       func(_, chance int) bool { return chance < 10 },
		"the first ten": func(n, _ int) bool { return n <= 10 },
	} {
		t.Run(name, func(t *testing.T) {
			lost, tracked := 0, 0
			for seed := range int64(20) {
				w := newWorld(t, seed)
				n := 0
				w.faults.network = func(*arrivedRequest) reply {
					if n++; broken(n, w.rand.Intn(100)) {
						return status(400, `{"status":0}`)
					}
					return reply{}
				}
				p := w.open()
				for range 100 {
					tracked += len(p.track(1 + w.rand.Intn(5)))
					w.run(int64(w.rand.Intn(5_000)))
				}
				w.faults.network = nil
				w.settle()
				lost += len(p.rejected)
			}
			assert.LessOrEqual(t, lost, tracked/1_000)
		})
	}
}

func TestARefusalOfWhatAnotherTabSettledIsHarmless(t *testing.T) {
	for _, probing := range []bool{false, true} {
		w := newWorld(t, 1)
		p := w.open()
		if probing {
			p.track(1)
			w.run(1_000)
		}
		w.faults.network = func(*arrivedRequest) reply { return status(400, `{"status":0}`) }
		p.track(1)
		for len(p.requests) == 0 || probing && len(p.requests) < 3 {
			w.run(1)
		}
		segment := p.outbox.index[0]
		writer := p.outbox.origin(segment)
		p.view[p.outbox.noteKey()] = writer + writer[nonceDigits:]
		p.Remove(segment.key)
		p.outbox.scan()
		require.Empty(t, p.outbox.index)
		w.run(10_000)
		assert.Empty(t, p.rejected)
		assert.Zero(t, p.outbox.Dropped().Total())
		w.faults.network = nil
		ids := p.track(1)
		w.settle()
		w.requireStoredOnce(ids...)
	}
}

func TestAnswerWithCountAndFailedRecordsUsesBoth(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	ids := p.track(3)
	w.faults.network = answers(reply{replacesCollector: true, answer: Answer{Status: 200, RetryAfterMS: -1,
		Body: `{"code":200,"status":"OK","num_records_imported":2,"failed_records":[{"index":1,"message":"odd"}]}`}})
	w.run(5_000)
	assert.Equal(t, ids[1:2], p.rejected)
}

func TestRefusedDropsEventIsNotCountedForEver(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(r *arrivedRequest) reply {
		if strings.Contains(r.Body, "%24dropped") || strings.Contains(r.Body, "$dropped") || strings.Contains(r.Body, "Bad") {
			return status(400, `{"status":0,"error":"no"}`)
		}
		return reply{}
	}
	p := w.open()
	p.append("Bad", "")
	p.track(1)
	for range 30 {
		w.run(70_000)
		p.track(1)
	}
	w.settle()
	assert.Len(t, p.undelivered, 1)
	assert.Equal(t, 1, p.outbox.Dropped().Total())
}

func TestAliasTakenIsReported(t *testing.T) {
	w := newWorld(t, 1)
	w.collector.aliasTaken = `,"alias_taken":[{"alias":"U","distinct_id":"D2","insert_id":"id-000001"}]`
	p := w.open()
	alias := p.alias()
	w.run(100)
	assert.Equal(t, []string{alias}, p.acknowledged)
	assert.Equal(t, []string{"U D2"}, p.aliasConflicts)
}

// An older collector names the owner of an alias. Its answer may come damaged, and what came is quoted to whoever has the page open.
func TestOwnerOfAnAliasIsNotReported(t *testing.T) {
	const whole = `{"status":1,"error":null,"alias_taken":[{"alias":"U","owner":"D1","distinct_id":"D2","insert_id":"id-000001"}]}`
	const start = `{"status":1,"error":null,"`
	for name, c := range map[string]struct {
		status int
		body   string
		quoted string
	}{
		"cut":                           {200, whole[:len(whole)-1], start},
		"cut after the owner":           {200, whole[:strings.Index(whole, "D1")+2], start},
		"cut before it":                 {200, whole[:len(start)+6], start + "alias_"},
		"two at once":                   {200, whole + whole, start},
		"with a status of a proxy":      {404, whole, start},
		"as text in a page":             {200, "<pre>{&quot;alias_taken&quot;:[{&quot;owner&quot;:&quot;D1&quot;", "<pre>{&quot;"},
		"with an outage, until it ends": {503, whole, start},
		"of another server":             {200, `{"message":"Forbidden"}`, `{"message":"Forbidden"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.network = func(*arrivedRequest) reply { return status(c.status, c.body) }
			p := w.open()
			alias := p.alias()
			w.run(3_600_000)
			assert.Equal(t, []string{c.quoted}, p.misanswers)
			assert.Empty(t, p.aliasConflicts)
			w.faults.network = nil
			w.settle()
			w.requireStoredOnce(alias)
		})
	}
}

func TestBurstIsSentInFewRequests(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open(func(c *Config) { c.BatchSize = 500 })
	ids := p.track(2_000)
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.LessOrEqual(t, len(p.requests), 10)
	for _, r := range p.requests {
		assert.LessOrEqual(t, len(r.Body), maxBatchBytes)
	}
}

func TestRequestsShrinkOnABadNetwork(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(r *arrivedRequest) reply { return reply{lost: len(r.Body) > 40_000} }
	p := w.open(func(c *Config) { c.BatchSize = 5_000 })
	ids := p.track(2_000)
	w.settle()
	assert.Equal(t, ids, w.collector.order)
}

func TestConfigurationMayChange(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = answers(times(2, reply{lost: true})...)
	p := w.open(func(c *Config) { c.BatchSize = 500 })
	ids := p.track(500)
	p.outbox.Configure(&Config{URL: "https://other.example/track/?verbose=1", BatchSize: 20, FlushMS: 10})
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.Contains(t, p.requests[2].URL, "https://other.example/track/?verbose=1&_=17639")
	assert.Len(t, p.requests[2].events, 20)
}

func TestSegmentLargerThanABatchIsSentInPieces(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open(func(c *Config) { c.BatchSize = 100 })
	p.outbox.Leave(w.now)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	ids := p.track(100)
	p.kill()
	w.faults.network = nil
	w.open(func(c *Config) { c.BatchSize = 7 })
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.Empty(t, w.disk)
}

func TestLateAnswersAreHarmless(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	ids := p.track(3)
	w.settle()
	for id := range uint32(5) {
		p.outbox.Answered(w.now, id, Answer{Status: 200, Body: "1"})
		p.outbox.Answered(w.now, id, Answer{Status: 400, Body: "0"})
	}
	w.requireStoredOnce(ids...)
	assert.Empty(t, p.rejected)
}
