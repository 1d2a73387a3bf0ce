package outbox

// Ports are the outbox's ways to the browser. wasm/browser has the real ones, the tests fakes that fail in every way.
type Ports interface {
	Storage
	Network
	Timer
	Lock
	Mirror
	// Random fills b with random bytes, for names and the jitter of retries.
	Random(b []byte)
}

// Storage is the page's localStorage, which all tabs of the origin share. No call throws.
type Storage interface {
	// Get returns the text under key, and whether there is one.
	Get(key string) (string, bool)
	// Set stores a text, or fails with ErrFull or ErrBlocked.
	Set(key, text string) error
	// Remove forgets the text under key.
	Remove(key string)
	// Keys returns all keys that begin with prefix, in no order.
	Keys(prefix string) []string
}

// Error is why storage refused. It is a string, because package errors costs bytes in a page.
type Error string

// Error returns the message.
func (e Error) Error() string { return string(e) }

const (
	// ErrFull says that the browser's quota is used up: it may work again once something was removed.
	ErrFull Error = "storage is full"
	// ErrBlocked says that the visitor or the browser does not allow storage.
	ErrBlocked Error = "storage is blocked"
)

// Network carries requests. The answers come through Outbox.Answered, unless the mode is Beacon or the page dies first.
type Network interface {
	// Send reports whether the browser took the request: it refuses a beacon for which there is no room.
	Send(id uint32, r Request) bool
}

// Request is one POST of a form body.
type Request struct {
	URL, Body string
	Mode      Mode
}

// Mode is how a request travels. js/src/core/network.ts has the same numbers.
type Mode uint32

const (
	// Fetch is an ordinary request, which ends with its page.
	Fetch Mode = iota
	// Keepalive outlives its page, but shares a quota of 64 KiB with everything of its kind.
	Keepalive
	// Beacon outlives its page and never tells whether it arrived.
	Beacon
)

// Answer is what came of a request.
type Answer struct {
	Status       int    // of HTTP; 0 where there was no answer, Forbidden where the page's own policy lets no request out
	RetryAfterMS int64  // what the server asked for, negative where it did not
	Body         string // where there was no answer: the browser's reason, "" if it is offline
}

// Forbidden is the Status where the page's Content-Security-Policy forbids the address. No HTTP answer has it; js/src/core/network.ts
// has the same number.
const Forbidden = 1

// Timer wakes the outbox.
type Timer interface {
	// WakeAfter asks for one Outbox.Wake in so many milliseconds, in place of the one asked for before.
	WakeAfter(delayMS int64)
}

// Lock lets one page of the origin send at a time. It is held only while sending, for a page that holds a lock is kept out of the
// back/forward cache.
type Lock interface {
	// Acquire asks for the lock. Outbox.Locked tells that it is held.
	Acquire(name string)
	// Release gives the lock back, or withdraws the request for it.
	Release()
}

// Mirror is the second copy, in IndexedDB: what it completed survives a kill of the whole browser, which localStorage, written to
// the disk up to a minute late, does not.
type Mirror interface {
	// Keep puts a copy.
	Keep(key, text string)
	// Drop removes copies.
	Drop(keys []string)
	// Recall asks for an Outbox.Adopt with all copies whose keys begin with prefix.
	Recall(prefix string)
}

// Reporter hears what becomes of messages. It may call Append from inside, and nothing else of the outbox.
type Reporter interface {
	// Acknowledged is told that an urgent message was delivered.
	Acknowledged(insertID string)
	// AliasTaken is told that the alias which a message asked for belongs to another distinct_id, its owner.
	AliasTaken(insertID, alias, owner string)
	// Rejected is told that one message was set aside, and the reason. It gets the message's JSON, "" where that is gone.
	Rejected(message, reason string)
	// Full is told, once a page, that the bound is reached and newer messages are refused.
	Full(waiting int)
	// StorageFailed is told, once a page for each kind, that new messages wait in memory only.
	StorageFailed(err error)
	// Misanswered is told, once a page, that whoever answers is no collector, or one that lets nobody in. Messages are kept and
	// tried again now and then.
	Misanswered(status int, body string)
	// Unreachable is told, once a page, that no request was answered for long, and the browser's reason.
	Unreachable(reason string)
	// Undelivered is told, once delivery works again, what was dropped since it was last told. It appends an event that says so.
	Undelivered(drops Drops)
	// Flushed tells the outcome of a Flush: done when all that waited then is delivered.
	Flushed(ticket uint32, done bool)
}
