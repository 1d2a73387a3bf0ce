package outbox

import "github.com/throughline/throughline/identity/jsontext"

// segmentBytes is when the messages of one task are cut into several segments: small enough for two to fit in the 64 KiB that a
// page may hand over when it is left.
const maxSegmentBytes = 28_000

// segment is a run of messages in storage, one a line. Its key says all that the index needs, so that finding what other tabs left
// reads no text.
type segment struct {
	key          string
	count        int              // messages
	bytes        int              // of the messages, each standing for itself
	urgentID     string           // the insert id of its only message, if that is urgent
	text         string           // of what this page wrote until it is settled, of another page's only while storage does not hold it
	storedChars  int              // characters that it takes in storage, at most; 0 while storage does not hold it
	settledCount int              // messages at its beginning that are settled
	request      *inFlightRequest // what carries it at the moment, or the last part that is under way
	sentCount    int              // messages at its beginning that are settled or under way, while flight is set
	knownSince   int64            // when this page first knew of it

	foreign bool // another page wrote it, and may have copied it; that page may live, and knows its text
	copied  bool // the mirror has it
}

// naming makes keys: the time, so that they sort in order; this outbox, so that they never collide; a number within it.
type keyGenerator struct {
	nonce         string
	lastKeyTime   int64 // the time in the last key
	lastKeyNumber int64
}

const (
	timeDigits     = 9 // in base 36: enough until the year 5188
	nonceDigits    = 8
	numberDigits   = 4
	sortKeyDigits  = timeDigits + nonceDigits + numberDigits
	keyTimeLimit   = 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36
	keyNumberLimit = 36 * 36 * 36 * 36
)

// order returns the part of a key that sorts. It grows within a page even where the clock goes back.
func (o *Outbox) newSortKey() string {
	if o.nonce == "" {
		o.nonce = o.newNonce()
	}
	o.lastKeyTime = min(max(o.now, o.lastKeyTime), keyTimeLimit-1)
	o.lastKeyNumber++
	b := make([]byte, 0, sortKeyDigits)
	b = appendBase36(b, o.lastKeyTime, timeDigits)
	b = append(b, o.nonce...)
	b = appendBase36(b, o.lastKeyNumber%keyNumberLimit, numberDigits)
	return string(b)
}

func (o *Outbox) newNonce() string {
	var random [nonceDigits]byte
	o.ports.Random(random[:])
	for i, c := range random {
		random[i] = "0123456789abcdefghijklmnopqrstuv"[c&31]
	}
	return string(random[:])
}

// segmentKey makes a segment's key.
func (o *Outbox) segmentKey(order string, count, bytes int, urgent string) string {
	b := make([]byte, 0, len(o.config.Prefix)+len(order)+len(urgent)+12)
	b = append(b, o.config.Prefix...)
	b = append(b, order...)
	b = appendBase36(append(b, '_'), int64(count), 1)
	b = appendBase36(append(b, '_'), int64(bytes), 1)
	if urgent != "" {
		b = append(b, '_')
		b = append(b, urgent...)
	}
	return string(b)
}

// parseKey reads a segment's key. Others that begin with our prefix belong to somebody else: a token may begin with another token.
func (o *Outbox) parseKey(key string) *segment {
	rest := key[len(o.config.Prefix):]
	if len(rest) < sortKeyDigits+4 || rest[sortKeyDigits] != '_' || rest[len(rest)-1] == '_' {
		return nil
	}
	if _, ok := parseBase36(rest[:timeDigits]); !ok {
		return nil
	}
	for _, c := range []byte(rest[timeDigits:sortKeyDigits]) {
		if !isBase36(c) {
			return nil
		}
	}
	count, rest := jsontext.Cut(rest[sortKeyDigits+1:], '_')
	bytes, urgent := jsontext.Cut(rest, '_')
	n, ok := parseBase36(count)
	size, sized := parseBase36(bytes)
	if !ok || !sized || n == 0 || urgent != "" && !fitsInKey(urgent) {
		return nil
	}
	return &segment{key: key, count: int(n), bytes: int(size), urgentID: urgent}
}

// keyMS returns when a segment was made.
func (o *Outbox) keyMS(s *segment) int64 {
	start := len(o.config.Prefix)
	ms, _ := parseBase36(s.key[start : start+timeDigits])
	return ms
}

// nameable reports whether an insert id may be part of a key.
func fitsInKey(id string) bool {
	for _, c := range []byte(id) {
		if !isBase36(c) && c != '-' && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return id != "" && len(id) <= 36
}

func isBase36(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }

func appendBase36(b []byte, n int64, minDigits int) []byte {
	var digits [13]byte
	i := len(digits)
	for n > 0 || len(digits)-i < minDigits {
		i--
		digits[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[n%36]
		n /= 36
	}
	return append(b, digits[i:]...)
}

func parseBase36(s string) (int64, bool) {
	if s == "" || len(s) > timeDigits {
		return 0, false
	}
	var n int64
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			n = n*36 + int64(c-'0')
		case c >= 'a' && c <= 'z':
			n = n*36 + int64(c-'a') + 10
		default:
			return 0, false
		}
	}
	return n, true
}

// place returns where in the index a key is, or belongs.
func (o *Outbox) search(key string) (i int, there bool) {
	end := len(o.index)
	for i < end {
		if middle := (i + end) / 2; o.index[middle].key < key {
			i = middle + 1
		} else {
			end = middle
		}
	}
	return i, i < len(o.index) && o.index[i].key == key
}

// insert puts a segment in its place: nearly always the last.
func (o *Outbox) insertInIndex(s *segment) {
	n := len(o.index)
	i, there := n, false
	if n > 0 && o.index[n-1].key >= s.key {
		i, there = o.search(s.key)
	}
	if there {
		return
	}
	o.index = append(o.index, s)
	copy(o.index[i+1:], o.index[i:n])
	o.index[i] = s
	o.events += s.count
	o.bytes += s.bytes
}

// take removes a segment from the index.
func (o *Outbox) removeFromIndex(s *segment) bool {
	i, there := o.search(s.key)
	if !there || o.index[i] != s {
		return false
	}
	o.setNotStored(s)
	if i == 0 {
		o.index[0] = nil
		o.index = o.index[1:]
	} else {
		last := len(o.index) - 1
		copy(o.index[i:], o.index[i+1:])
		o.index[last] = nil
		o.index = o.index[:last]
	}
	o.events -= s.count
	o.bytes -= s.bytes
	return true
}

// holds notes that storage holds a segment, in so many characters.
func (o *Outbox) setStoredChars(s *segment, characters int) {
	o.storedChars += characters - s.storedChars
	s.storedChars = characters
}

// free notes that storage does not hold a segment, or no longer.
func (o *Outbox) setNotStored(s *segment) { o.setStoredChars(s, 0) }
