package outbox

import "github.com/throughline/throughline/identity/jsontext"

// maxBatchBytes limits the body of a request. It is large enough for a burst of events, and small enough for the page's memory and for
// a slow network.
const maxBatchBytes = 256_000

// batch is the body of a request, and what is in it. The body is `data=` and a JSON array, encoded as a form, because a form needs no
// CORS preflight.
type batch struct {
	body  []byte
	parts []part
	count int
	head  encodedHead // of the message added last
}

// encodedHead is the head of the message added last, and where its form encoding is in the body. It is copied from there if the next
// message has the same head, as most have.
type encodedHead struct {
	text     string
	from, to int
}

const (
	dataField  = "data="
	batchStart = dataField + "["
	batchEnd   = "]"
)

// batchLimits says how much, and which messages, a batch may carry.
type batchLimits struct {
	skip           int // messages to leave out first
	maxMessages    int
	maxBytes       int  // of the body; a single larger message is sent alone
	splitSegments  bool // fill the batch with what fits, even if that cuts a segment in two
	skipCumulative bool // leave out cumulative messages, and those after them
	includeFetched bool // then add messages that ordinary fetches carry, which end with the page
}

// buildBatch makes a batch of the messages that wait longest. Unless limits.splitSegments is set, it does not split a segment that fits
// in a batch of its own, because segments are removed from storage only as a whole.
func (o *Outbox) buildBatch(limits *batchLimits) *batch {
	b := &batch{body: make([]byte, 0, min(limits.maxBytes+1024, o.bytes+o.bytes/8+64))}
	b.body = append(b.body, batchStart...)
	o.addSegments(b, limits, false)
	if limits.includeFetched {
		o.addSegments(b, limits, true)
	}
	clear(o.buffer)
	b.body = append(b.body, batchEnd...)
	return b
}

// addSegments adds the segments that no request carries or, if fetched is set, those that ordinary fetches carry.
func (o *Outbox) addSegments(b *batch, limits *batchLimits, fetched bool) {
	for i := 0; i < len(o.index) && b.count < limits.maxMessages; {
		s := o.index[i]
		if s.isCumulative && limits.skipCumulative {
			return
		}
		from := s.settledCount
		switch {
		case fetched && s.request != nil && s.request.mode == Fetch:
		case fetched:
			from = s.count
		case s.request != nil && limits.splitSegments:
			from = s.sentCount
		case s.request != nil:
			from = s.count
		}
		if from >= s.count {
			i++
			continue
		}
		lines := o.readMessages(s)
		if lines == nil {
			continue // The segment was removed from the index, so i is the next one already.
		}
		i++
		from += limits.skip
		if from >= len(lines) {
			limits.skip = from - len(lines)
			continue
		}
		limits.skip = 0
		length, count, to := len(b.body), b.count, from
		for to < len(lines) && b.count < limits.maxMessages && b.add(&lines[to], limits) {
			to++
		}
		if to < len(lines) && !limits.splitSegments && len(b.parts) > 0 {
			b.cut(length)
			b.count = count
			return
		}
		if to > from {
			b.parts = append(b.parts, part{segment: s, from: from, to: to})
		}
		if to < len(lines) && !limits.splitSegments {
			return
		}
	}
}

func (b *batch) add(m *message, limits *batchLimits) bool {
	limited := b.count > 0 || limits.splitSegments
	if limited && len(b.body)+m.len()+2 > limits.maxBytes {
		return false
	}
	length := len(b.body)
	if b.count > 0 {
		b.body = append(b.body, ',')
	}
	b.addHead(m.head)
	b.body = appendForm(b.body, m.rest)
	if limited && len(b.body)+len(batchEnd) > limits.maxBytes {
		b.cut(length)
		return false
	}
	b.count++
	return true
}

// cut shortens the body to this length.
func (b *batch) cut(length int) { b.body, b.head = b.body[:length], encodedHead{} }

func (b *batch) addHead(head string) {
	from := len(b.body)
	if head == b.head.text {
		b.body = append(b.body, b.body[b.head.from:b.head.to]...)
	} else {
		b.body = appendForm(b.body, head)
	}
	b.head = encodedHead{head, from, len(b.body)}
}

// bodyText returns the body without copying it. The batch must not be changed afterwards.
func (b *batch) bodyText() string {
	return jsontext.UnsafeString(b.body)
}

// appendForm appends s as a value of a form. It escapes only the bytes that have a meaning in a form, so that JSON stays short.
func appendForm(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if unescaped[c] {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		if c == ' ' {
			dst = append(dst, '+')
		} else {
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
	}
	return append(dst, s[start:]...)
}

// unescaped says which bytes need no escaping in a form.
var unescaped = func() (table [256]bool) {
	for c := range table {
		table[c] = c > '=' && c < 0x7f || c > '+' && c < ';' || c == '"'
	}
	return table
}()

func (o *Outbox) url() string {
	b := append(make([]byte, 0, len(o.config.URL)+17), o.config.URL...)
	return string(jsontext.AppendInt(append(b, "&_="...), o.now))
}
