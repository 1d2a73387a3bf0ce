package outbox

// Ports is what the outbox needs of the browser. Package browser implements it for a page; the tests have an implementation that can
// fail.
type Ports interface {
	Storage
	Network
	Timer
	Lock
	Mirror
	// Random fills b with random bytes, which are used for keys and for the jitter of retries.
	Random(b []byte)
}

// Storage is the page's localStorage, which all tabs of the origin share. Its methods return errors where localStorage would throw.
type Storage interface {
	// Get returns the text under key, and whether there is one.
	Get(key string) (string, bool)
	// Set stores a text, and returns OK, Full or Blocked.
	Set(key, text string) StorageStatus
	// Remove deletes the text under key.
	Remove(key string)
	// Keys returns all keys that begin with prefix, in any order.
	Keys(prefix string) []string
}

// StorageStatus says whether storage took a text, and if not, why. It is no error, because comparing two of those links Go's reflection with TinyGo.
type StorageStatus uint8

// Values of StorageStatus.
const (
	OK StorageStatus = iota
	// Full means that the browser's quota is used up. A later write may succeed, once something was removed.
	Full
	// Blocked means that the visitor's settings or the browser do not allow storage.
	Blocked
)

// Network sends requests. Each answer is passed to Outbox.Answered, unless the mode is Beacon or the page ends first.
type Network interface {
	// Send starts a request and reports whether the browser accepted it. A browser refuses a beacon that exceeds its quota.
	Send(id uint32, r Request) bool
}

// Request is a POST request with a form body.
type Request struct {
	URL, Body string
	Mode      Mode
}

// Mode is the browser API that sends a request. js/src/core/network.ts has the same numbers.
type Mode uint32

const (
	// Fetch is an ordinary fetch, which the browser aborts when the page ends.
	Fetch Mode = iota
	// Keepalive is a fetch that outlives its page. All such requests together share a quota of 64 KiB.
	Keepalive
	// Beacon is navigator.sendBeacon. It outlives its page, and the page never learns whether it arrived.
	Beacon
)

// Answer is the result of a request.
type Answer struct {
	Status       int    // the HTTP status; 0 without an answer; Forbidden where the page's own policy blocked the request
	RetryAfterMS int64  // what the server asked for, negative if it did not
	Body         string // without an answer, the browser's reason, or "" if the browser is offline
}

// Forbidden is the Status of a request that the page's Content-Security-Policy blocked. No HTTP answer has this status;
// js/src/core/network.ts has the same number.
const Forbidden = 1

// Timer calls the outbox later.
type Timer interface {
	// WakeAfter asks for one call of Outbox.Wake after a delay. It replaces an earlier request.
	WakeAfter(delayMS int64)
}

// Lock lets one tab of the origin send at a time. It is held only while sending, because browsers keep a page that holds a lock out of
// the back/forward cache.
type Lock interface {
	// Acquire asks for the lock. Outbox.Locked is called once it is held.
	Acquire(name string)
	// Release releases the lock, or withdraws the request for it.
	Release()
}

// Mirror is the second copy of segments and records, in IndexedDB. Unlike localStorage, which browsers write to the disk up to a minute
// late, a completed IndexedDB transaction survives a crash of the whole browser.
type Mirror interface {
	// Keep stores a copy.
	Keep(key, text string)
	// Drop deletes copies.
	Drop(keys []string)
	// Recall asks for one call of Outbox.Adopt with all copies whose keys begin with prefix.
	Recall(prefix string)
}

// Reporter is told what becomes of messages. Its methods may call Outbox.Append and no other method of the outbox.
type Reporter interface {
	// Acknowledged is called when an urgent message was delivered.
	Acknowledged(insertID string)
	// AliasTaken is called when an alias that was claimed for distinctID already belongs to somebody else. It may be called again for the
	// same claim, and for a claim of an earlier visitor.
	AliasTaken(alias, distinctID string)
	// Rejected is called when a message is given up, with the reason. message is its JSON, or "" if that is no longer in storage.
	Rejected(message, reason string)
	// Full is called once per page, when newer messages are refused because MaxEvents or MaxBytes is reached.
	Full(waiting int)
	// StorageFailed is called once per page for each kind of error: from then on, new messages wait in memory only.
	StorageFailed(why StorageStatus)
	// Misanswered is called once per page, when the server that answers is not a collector or refuses all requests. The messages are
	// kept, and sent again at long intervals.
	Misanswered(status int, body string)
	// Unreachable is called once per page, with the browser's reason, when no request was answered for long.
	Unreachable(reason string)
	// Undelivered is called when delivery works, with the messages that were dropped since the last call. It appends an event that
	// reports them.
	Undelivered(drops Drops)
	// Flushed reports the outcome of Outbox.Flush. done is true if everything that waited at that time was delivered.
	Flushed(ticket uint32, done bool)
}
