package outbox

import "github.com/throughline/throughline/identity/jsontext"

// How long to wait after a failure. The delay doubles with each failure, and half of it is random, so that many pages do not send again
// at the same moment. The slow delays are for failures that a retry alone will hardly end, such as a wrong address.
const (
	minRetryMS      = 1_000
	maxRetryMS      = 60_000
	minSlowRetryMS  = 30_000
	maxSlowRetryMS  = 600_000
	maxRetryAfterMS = 3_600_000 // a longer Retry-After is shortened

	minBatchBytes = 16_000 // requests do not shrink below this on a bad network
)

// A network that fails for a moment needs no warning. If it fails for outageMS and outageMinFailures requests, while the browser
// believes it is online, the cause may be the site's: a Content-Security-Policy, a blocker or a wrong address. A server that answers
// may be overloaded or restarting, and is given overloadMS. If a retry happens suspendedMS after its time, the page was frozen or the
// machine asleep in between.
const (
	outageMS          = 30_000
	overloadMS        = 300_000
	outageMinFailures = 4
	suspendedMS       = 120_000
)

// outage says for how long no request has succeeded.
type outage struct {
	firstFailedAt, lastFailedAt int64 // of the requests since the last success
	failedRequests              int   // since the last success
	serverAnswered              bool  // at least one of them got an answer
}

// recordFailure counts a failed request, and reports whether requests have failed for long. Time in which the machine slept does not
// count, because after waking up it often has no network for a moment.
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

// handleNoAnswer handles a request that got no answer. The next requests are smaller, as those may get through where large ones do not.
func (o *Outbox) handleNoAnswer(a *Answer) {
	if a.Body != "" {
		isOutage := o.recordFailure(false)
		if !o.reported.unreachable && (isOutage || a.Status == Forbidden) {
			o.reported.unreachable = true
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

// handleOverloaded handles an answer that says that the server cannot take requests at the moment.
func (o *Outbox) handleOverloaded(a *Answer) {
	if o.recordFailure(true) {
		o.reportMisanswered(a.Status, a.Body)
	}
	o.retryLater(a.RetryAfterMS)
}

// retryLater retries after retryAfterMS, or with backoff if that is not positive.
func (o *Outbox) retryLater(retryAfterMS int64) {
	if retryAfterMS > 0 {
		o.obeyRetryAfter(retryAfterMS)
	} else {
		o.backOff(minRetryMS, maxRetryMS)
	}
	o.pauseSending()
}

// handleMisanswer handles an answer after which only a change of somebody's settings can help.
func (o *Outbox) handleMisanswer(status int, body string) {
	o.reportMisanswered(status, body)
	o.collectorMaxBytes = maxBatchBytes // A server that refuses every request says nothing about their size.
	o.backOff(minSlowRetryMS, maxSlowRetryMS)
	o.pauseSending()
}

func (o *Outbox) reportMisanswered(status int, body string) {
	if !o.reported.misanswer {
		o.reported.misanswer = true
		o.reporter.Misanswered(status, beforeTakenAliases(body))
	}
}

// beforeTakenAliases returns the part of a body that a warning may quote. If a collector's answer was cut on its way, or came with the wrong
// status, its alias_taken may name the owner of an alias (aliasConflict).
func beforeTakenAliases(body string) string {
	const name = "alias_taken"
	for i := range len(body) - len(name) + 1 {
		if body[i:i+len(name)] == name {
			return body[:i]
		}
	}
	return body
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

// obeyRetryAfter waits as long as the server's Retry-After says, and stores that for the other tabs.
func (o *Outbox) obeyRetryAfter(retryAfterMS int64) {
	o.deadlines[retryAt] = o.now + min(retryAfterMS, maxRetryAfterMS) + o.jitter(min(retryAfterMS/8, 1_000))
	o.retryAfterSet = true
	if o.ports.Set(o.retryAfterKey(), string(jsontext.AppendInt(nil, o.deadlines[retryAt]))) == OK {
		o.retryAfterShared = true
	}
}

// mustWait reports whether a Retry-After that another tab received is still running. If so, it applies to this tab too.
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

// pauseSending releases the lock until the deadline retryAt.
func (o *Outbox) pauseSending() {
	o.sendBy(o.now)
	o.failFlushes()
	o.releaseLock()
}

// resetBackoff is called after a success: earlier failures and a Retry-After no longer count.
func (o *Outbox) resetBackoff() {
	o.failures = 0
	o.deadlines[retryAt] = 0
	o.retryAfterSet = false
	if o.retryAfterShared {
		o.retryAfterShared = false
		o.ports.Remove(o.retryAfterKey())
	}
}

// jitter returns a random number from 0 to limit.
func (o *Outbox) jitter(limit int64) int64 {
	var b [4]byte
	o.ports.Random(b[:])
	n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
	return n % (limit + 1)
}
