package outbox

import "github.com/throughline/throughline/identity/jsontext"

// How long to wait after a failure: doubled each time, and spread over half of it, so that many pages do not come back together.
const (
	minRetryMS      = 1_000
	maxRetryMS      = 60_000
	minSlowRetryMS  = 30_000
	maxSlowRetryMS  = 600_000
	maxRetryAfterMS = 3_600_000 // of a Retry-After

	minBatchBytes = 16_000 // as far as a bad line shrinks requests
)

// A line that is gone for a moment is nobody's mistake. One that is gone for so long, and so many requests, while the browser believes
// to be online, may be the site's: a policy, a blocker, an address. A server that answers, but is overloaded or being replaced, gets longer.
const (
	outageMS          = 30_000
	overloadMS        = 300_000
	outageMinFailures = 4
	suspendedMS       = 120_000 // behind its time, a request was not late: the page was frozen, or the machine asleep
)

// silence is how long no request has succeeded.
type outage struct {
	firstFailedAt, lastFailedAt int64 // when the first request failed, and the last
	failedRequests              int   // requests since one succeeded; 0 for none
	serverAnswered              bool  // one of them was answered
}

// silent notes a request that failed, and reports whether none has succeeded for long. What a machine slept through does not count: it
// finds no network for a moment when it wakes up.
func (o *Outbox) recordFailure(serverAnswered bool) bool {
	if o.now-max(o.lastFailedAt, o.deadlines[retryAt]) > suspendedMS {
		o.outage = outage{}
	}
	if o.failedRequests++; o.failedRequests == 1 {
		o.firstFailedAt = o.now
	}
	o.lastFailedAt = o.now
	o.serverAnswered = o.serverAnswered || serverAnswered
	limit := int64(outageMS)
	if o.serverAnswered {
		limit = overloadMS
	}
	return o.failedRequests >= outageMinFailures && o.now-o.firstFailedAt >= limit
}

// unreachable means that no answer came. Smaller requests may come through where large ones do not.
func (o *Outbox) handleNoAnswer(a Answer) {
	if a.Body != "" {
		isOutage := o.recordFailure(false)
		if !o.unreachableReported && (isOutage || a.Status == Forbidden) {
			o.unreachableReported = true
			o.reporter.Unreachable(a.Body)
		}
	}
	if a.Status == Forbidden {
		o.backOff(minSlowRetryMS, maxSlowRetryMS)
		o.pauseSending()
		return
	}
	o.networkMaxBytes = max(o.networkMaxBytes/2, minBatchBytes)
	o.retryLater(-1)
}

// overloaded means that whoever answers cannot take anything at the moment.
func (o *Outbox) handleOverloaded(a Answer) {
	if o.recordFailure(true) {
		o.reportMisanswered(a.Status, a.Body)
	}
	o.retryLater(a.RetryAfterMS)
}

// unavailable means to try again soon, or when the collector asks to.
func (o *Outbox) retryLater(retryAfterMS int64) {
	if retryAfterMS > 0 {
		o.obeyRetryAfter(retryAfterMS)
	} else {
		o.backOff(minRetryMS, maxRetryMS)
	}
	o.pauseSending()
}

// unwelcome means that only somebody's change of a setting can help.
func (o *Outbox) handleMisanswer(status int, body string) {
	o.reportMisanswered(status, body)
	o.collectorMaxBytes = maxBatchBytes // Whoever refuses everything says nothing about sizes.
	o.backOff(minSlowRetryMS, maxSlowRetryMS)
	o.pauseSending()
}

func (o *Outbox) reportMisanswered(status int, body string) {
	if !o.misanswerReported {
		o.misanswerReported = true
		o.reporter.Misanswered(status, body)
	}
}

func (o *Outbox) backOff(first, last int64) {
	delay := first
	for range o.failures {
		if delay *= 2; delay >= last {
			delay = last
			break
		}
	}
	o.failures++
	o.deadlines[retryAt] = o.now + delay/2 + o.jitter(delay/2)
	o.retryAfterSet = false
}

// waitFor obeys a Retry-After, in all tabs.
func (o *Outbox) obeyRetryAfter(retryAfterMS int64) {
	o.deadlines[retryAt] = o.now + min(retryAfterMS, maxRetryAfterMS) + o.jitter(min(retryAfterMS/8, 1_000))
	o.retryAfterSet = true
	if o.ports.Set(o.retryAfterKey(), string(jsontext.AppendInt(nil, o.deadlines[retryAt]))) == nil {
		o.retryAfterShared = true
	}
}

// mustWait reports whether another tab was asked to wait, and waits too.
func (o *Outbox) mustWait() bool {
	text, ok := o.ports.Get(o.retryAfterKey())
	if !ok {
		return false
	}
	o.retryAfterShared = true
	until, ok := jsontext.ParseInt(text)
	if !ok || until <= o.now || until > o.now+maxRetryAfterMS+1_000 {
		return false
	}
	o.deadlines[retryAt] = until
	o.retryAfterSet = true
	o.pauseSending()
	return true
}

func (o *Outbox) retryAfterKey() string { return o.config.Prefix + "wait" }

// fail ends this turn: what waits is due when the pause is over.
func (o *Outbox) pauseSending() {
	o.sendBy(o.now)
	o.failFlushes()
	o.releaseLock()
}

// works forgets earlier failures.
func (o *Outbox) resetBackoff() {
	o.failures = 0
	o.deadlines[retryAt] = 0
	o.retryAfterSet = false
	if o.retryAfterShared {
		o.retryAfterShared = false
		o.ports.Remove(o.retryAfterKey())
	}
}

// jitter returns a random number from 0 to most.
func (o *Outbox) jitter(limit int64) int64 {
	var b [4]byte
	o.ports.Random(b[:])
	n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
	return n % (limit + 1)
}
