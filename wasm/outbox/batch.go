package outbox

import "github.com/throughline/throughline/identity/jsontext"

// mostBatchBytes bounds a body: large enough for a burst, small enough for a page's memory and for a slow line's patience.
const maxBatchBytes = 256_000

// batch is a request in the making: `data=` and a JSON array, as a form. A form needs no CORS preflight.
type batch struct {
	body  []byte
	parts []part
	count int
	head  encodedHead // of the message added last
}

// formed is a text, and where in the body it stands as a form has it: most messages begin as the one before them did.
type encodedHead struct {
	text     string
	from, to int
}

const (
	batchStart = "data=["
	batchEnd   = "]"
)

// want says what a batch is to carry.
type batchLimits struct {
	skip           int  // messages to leave out first
	maxMessages    int  // messages, at most
	maxBytes       int  // of the body, at most; a larger message goes alone
	splitSegments  bool // takes what fits, cut or not
	includeFetched bool // and then also what ordinary requests carry, which end with the page
}

// gather makes a batch of what waits longest. It cuts no segment in two that would fit in a batch of its own, for only whole
// segments are removed from storage; a page that is left does.
func (o *Outbox) buildBatch(limits batchLimits) batch {
	b := batch{body: make([]byte, 0, min(limits.maxBytes+1024, o.bytes+o.bytes/8+64))}
	b.body = append(b.body, batchStart...)
	o.addSegments(&b, &limits, false)
	if limits.includeFetched {
		o.addSegments(&b, &limits, true)
	}
	clear(o.messageBuffer)
	b.body = append(b.body, batchEnd...)
	return b
}

// collect adds the segments that no request carries, or those that an ordinary one does.
func (o *Outbox) addSegments(b *batch, limits *batchLimits, fetched bool) {
	for i := 0; i < len(o.index) && b.count < limits.maxMessages; {
		s := o.index[i]
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
			continue // The segment is gone, and i is the next.
		}
		i++
		from += limits.skip
		if from >= len(lines) {
			limits.skip = from - len(lines)
			continue
		}
		limits.skip = 0
		before := *b
		to := from
		for to < len(lines) && b.count < limits.maxMessages && b.add(lines[to], *limits) {
			to++
		}
		if to < len(lines) && !limits.splitSegments && len(b.parts) > 0 {
			*b = before
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

func (b *batch) add(m message, limits batchLimits) bool {
	before := *b
	limited := b.count > 0 || limits.splitSegments
	if limited && len(b.body)+m.len()+2 > limits.maxBytes {
		return false
	}
	if b.count > 0 {
		b.body = append(b.body, ',')
	}
	b.addHead(m.head)
	b.body = appendForm(b.body, m.rest)
	if limited && len(b.body)+len(batchEnd) > limits.maxBytes {
		*b = before
		return false
	}
	b.count++
	return true
}

func (b *batch) addHead(head string) {
	from := len(b.body)
	if head == b.head.text {
		b.body = append(b.body, b.body[b.head.from:b.head.to]...)
	} else {
		b.body = appendForm(b.body, head)
	}
	b.head = encodedHead{head, from, len(b.body)}
}

// text returns the body without copying it: nothing writes to it any more.
func (b *batch) bodyText() string {
	return jsontext.Text(b.body)
}

// appendForm appends a form value: only what a form's parser would take for something else is escaped, so that JSON stays short.
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

// unescaped are the bytes that a form's parser takes for themselves.
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
