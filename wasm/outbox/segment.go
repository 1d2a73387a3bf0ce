package outbox

import "github.com/throughline/throughline/identity/jsontext"

// maxSegmentBytes is the size at which the messages of one task are split into several segments, so that two of them fit into the 64
// KiB that browsers allow for keepalive requests of a page that is left.
const maxSegmentBytes = 28_000

// segment is a group of messages that are stored together. Its key contains all that the index needs, so that listing what other tabs
// left does not require reading their texts.
type segment struct {
	key          string
	count        int              // messages
	bytes        int              // total length of the messages, as expandedLen counts it
	urgentID     string           // the insert id of its only message, if that is urgent
	isCumulative bool             // its messages are cumulative
	text         string           // of a segment of this page, until it is settled; of another page's, only while it is not in storage
	storedChars  int              // maximum number of characters that it takes in storage, 0 while it is not there
	settledCount int              // the number of messages at its beginning that are settled
	request      *inFlightRequest // the request that carries it, or carries its last part that is in flight
	sentCount    int              // while request is set: the number of messages at its beginning that are settled or in flight
	knownSince   int64            // when this page first saw it

	foreign bool // another page wrote it; that page may still be open, and may have copied it to the mirror
	copied  bool // it is in the mirror
}

// keyGenerator makes the sorting part of keys. It consists of the time, so that segments sort by age, a random nonce of this outbox, so
// that the keys of two tabs never collide, and a number that grows within the outbox.
type keyGenerator struct {
	nonce      string
	lastTime   int64 // the time in the last key
	lastNumber int64
}

const (
	timeDigits     = 9 // in base 36, enough until the year 5188
	nonceDigits    = 8
	numberDigits   = 4
	sortKeyDigits  = timeDigits + nonceDigits + numberDigits
	keyTimeLimit   = 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36 // 36 to the power of timeDigits
	keyNumberLimit = 36 * 36 * 36 * 36                          // 36 to the power of numberDigits
)

// newSortKey returns the sorting part of a new key. Within a page it always grows, even when the clock is set back.
func (o *Outbox) newSortKey() string {
	if o.nonce == "" {
		o.nonce = o.newNonce()
	}
	o.lastTime = min(max(o.now, o.lastTime), keyTimeLimit-1)
	o.lastNumber++
	b := make([]byte, 0, sortKeyDigits)
	b = appendBase36(b, o.lastTime, timeDigits)
	b = append(b, o.nonce...)
	b = appendBase36(b, o.lastNumber%keyNumberLimit, numberDigits)
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

// cumulativeMark ends the key of a segment with cumulative messages, where that of an urgent message has its insert id.
const cumulativeMark = "."

// segmentKey returns the storage key of a segment. mark is the insert id of an urgent message, cumulativeMark or "".
func (o *Outbox) segmentKey(order string, count, bytes int, mark string) string {
	b := make([]byte, 0, len(o.config.Prefix)+len(order)+len(mark)+12)
	b = append(b, o.config.Prefix...)
	b = append(b, order...)
	b = appendBase36(append(b, '_'), int64(count), 1)
	b = appendBase36(append(b, '_'), int64(bytes), 1)
	if mark != "" {
		b = append(b, '_')
		b = append(b, mark...)
	}
	return string(b)
}

// parseKey parses the storage key of a segment, and returns nil for any other key. Keys that begin with our prefix may belong to
// another project, because one token may be the beginning of another.
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
	bytes, mark := jsontext.Cut(rest, '_')
	n, ok := parseBase36(count)
	size, sized := parseBase36(bytes)
	s := &segment{key: key, count: int(n), bytes: int(size), urgentID: mark}
	if mark == cumulativeMark {
		s.urgentID, s.isCumulative = "", true
	}
	if !ok || !sized || n == 0 || s.urgentID != "" && !fitsInKey(s.urgentID) {
		return nil
	}
	return s
}

// keyMS returns when a segment was written.
func (o *Outbox) keyMS(s *segment) int64 {
	start := len(o.config.Prefix)
	ms, _ := parseBase36(s.key[start : start+timeDigits])
	return ms
}

// fitsInKey reports whether an insert id can be part of a key. Ids that cannot are left out of it.
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

// search returns the position of a key in the index, or where it would be inserted.
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

// insert inserts a segment at its position, which is nearly always the last.
func (o *Outbox) insert(s *segment) {
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

// remove removes a segment from the index, and reports whether it was there.
func (o *Outbox) remove(s *segment) bool {
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

// setStoredChars records how many characters a segment takes in storage.
func (o *Outbox) setStoredChars(s *segment, characters int) {
	o.storedChars += characters - s.storedChars
	s.storedChars = characters
}

// setNotStored records that a segment is not in storage.
func (o *Outbox) setNotStored(s *segment) { o.setStoredChars(s, 0) }
