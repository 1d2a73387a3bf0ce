package outbox

import "github.com/throughline/throughline/identity/jsontext"

// How long to wait after a failure: doubled each time, and spread over half of it, so that many pages do not come back together.
const (
	firstRetryMS = 1_000
	lastRetryMS  = 60_000
	firstSlowMS  = 30_000
	lastSlowMS   = 600_000
	mostAskedMS  = 3_600_000 // of a Retry-After

	minBatchBytes = 16_000 // as far as a bad line shrinks requests
)

// A line that is gone for a moment is nobody's mistake. One that is gone for so long, and so many requests, while the browser believes
// to be online, may be the site's: a policy, a blocker, an address. A server that answers, but is overloaded or being replaced, gets longer.
const (
	silentMS   = 30_000
	busyMS     = 300_000
	silentMost = 4
	asleepMS   = 120_000 // behind its time, a request was not late: the page was frozen, or the machine asleep
)

// silence is how long no request has succeeded.
type silence struct {
	silentFrom, silentAt int64 // when the first request failed, and the last
	failed               int   // requests since one succeeded; 0 for none
	busy                 bool  // one of them was answered
}

// silent notes a request that failed, and reports whether none has succeeded for long. What a machine slept through does not count: it
// finds no network for a moment when it wakes up.
func (o *Outbox) silent(busy bool) bool {
	if o.now-max(o.silentAt, o.at[dueRetry]) > asleepMS {
		o.silence = silence{}
	}
	if o.failed++; o.failed == 1 {
		o.silentFrom = o.now
	}
	o.silentAt = o.now
	o.busy = o.busy || busy
	most := int64(silentMS)
	if o.busy {
		most = busyMS
	}
	return o.failed >= silentMost && o.now-o.silentFrom >= most
}

// unreachable means that no answer came. Smaller requests may come through where large ones do not.
func (o *Outbox) unreachable(a Answer) {
	if a.Body != "" {
		long := o.silent(false)
		if !o.unreached && (long || a.Status == Forbidden) {
			o.unreached = true
			o.reporter.Unreachable(a.Body)
		}
	}
	if a.Status == Forbidden {
		o.retreat(firstSlowMS, lastSlowMS)
		o.fail()
		return
	}
	o.reach = max(o.reach/2, minBatchBytes)
	o.unavailable(-1)
}

// overloaded means that whoever answers cannot take anything at the moment.
func (o *Outbox) overloaded(a Answer) {
	if o.silent(true) {
		o.tellMisanswered(a.Status, a.Body)
	}
	o.unavailable(a.RetryAfterMS)
}

// unavailable means to try again soon, or when the collector asks to.
func (o *Outbox) unavailable(askedMS int64) {
	if askedMS > 0 {
		o.waitFor(askedMS)
	} else {
		o.retreat(firstRetryMS, lastRetryMS)
	}
	o.fail()
}

// unwelcome means that only somebody's change of a setting can help.
func (o *Outbox) unwelcome(status int, body string) {
	o.tellMisanswered(status, body)
	o.ceiling = mostBatchBytes // Whoever refuses everything says nothing about sizes.
	o.retreat(firstSlowMS, lastSlowMS)
	o.fail()
}

func (o *Outbox) tellMisanswered(status int, body string) {
	if !o.misanswered {
		o.misanswered = true
		o.reporter.Misanswered(status, body)
	}
}

func (o *Outbox) retreat(first, last int64) {
	delay := first
	for range o.failures {
		if delay *= 2; delay >= last {
			delay = last
			break
		}
	}
	o.failures++
	o.at[dueRetry] = o.now + delay/2 + o.jitter(delay/2)
	o.asked = false
}

// waitFor obeys a Retry-After, in all tabs.
func (o *Outbox) waitFor(askedMS int64) {
	o.at[dueRetry] = o.now + min(askedMS, mostAskedMS) + o.jitter(min(askedMS/8, 1_000))
	o.asked = true
	if o.ports.Set(o.waitKey(), string(jsontext.AppendInt(nil, o.at[dueRetry]))) == nil {
		o.shared = true
	}
}

// mustWait reports whether another tab was asked to wait, and waits too.
func (o *Outbox) mustWait() bool {
	text, ok := o.ports.Get(o.waitKey())
	if !ok {
		return false
	}
	o.shared = true
	until, ok := jsontext.ParseInt(text)
	if !ok || until <= o.now || until > o.now+mostAskedMS+1_000 {
		return false
	}
	o.at[dueRetry] = until
	o.asked = true
	o.fail()
	return true
}

func (o *Outbox) waitKey() string { return o.config.Prefix + "wait" }

// fail ends this turn: what waits is due when the pause is over.
func (o *Outbox) fail() {
	o.sendBy(o.now)
	o.failTickets()
	o.rest()
}

// works forgets earlier failures.
func (o *Outbox) works() {
	o.failures = 0
	o.at[dueRetry] = 0
	o.asked = false
	if o.shared {
		o.shared = false
		o.ports.Remove(o.waitKey())
	}
}

// jitter returns a random number from 0 to most.
func (o *Outbox) jitter(most int64) int64 {
	var b [4]byte
	o.ports.Random(b[:])
	n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
	return n % (most + 1)
}
