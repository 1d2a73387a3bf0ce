package outbox

import (
	"unsafe"

	"github.com/throughline/throughline/identity/jsontext"
)

// mostBatchBytes bounds a body: large enough for a burst, small enough for a page's memory and for a slow line's patience.
const mostBatchBytes = 256_000

// batch is a request in the making: `data=` and a JSON array, as a form. A form needs no CORS preflight.
type batch struct {
	body  []byte
	parts []part
	count int
}

const (
	batchStart = "data=["
	batchEnd   = "]"
)

// gather makes a batch of what waits longest: whole segments as far as possible. skip leaves out that many messages first. A
// first message that is too large for any batch goes alone, but not where the body has to fit.
func (o *Outbox) gather(skip, count, bytes int, takes func(*segment) bool, mustFit bool) batch {
	b := batch{body: make([]byte, 0, min(bytes, o.bytes+o.bytes/8+64))}
	b.body = append(b.body, batchStart...)
	for i := 0; i < len(o.index) && b.count < count; {
		s := o.index[i]
		if !takes(s) {
			i++
			continue
		}
		lines := o.messages(s)
		if lines == nil {
			continue
		}
		i++
		if unsent := len(lines) - s.done; skip >= unsent {
			skip -= unsent
			continue
		}
		from := s.done + skip
		skip = 0
		upto := from
		for upto < len(lines) && b.count < count {
			if !b.add(lines[upto], bytes, mustFit) {
				break
			}
			upto++
		}
		if upto > from {
			b.parts = append(b.parts, part{segment: s, from: from, upto: upto})
		}
		if upto < len(lines) && !mustFit {
			break
		}
	}
	clear(o.lines)
	b.body = append(b.body, batchEnd...)
	return b
}

func (b *batch) add(message string, most int, mustFit bool) bool {
	before := len(b.body)
	if b.count > 0 {
		b.body = append(b.body, ',')
	}
	b.body = appendForm(b.body, message)
	if len(b.body)+len(batchEnd) > most && (b.count > 0 || mustFit) {
		b.body = b.body[:before]
		return false
	}
	b.count++
	return true
}

// text returns the body without copying it: nothing writes to it any more.
func (b *batch) text() string {
	return unsafe.String(unsafe.SliceData(b.body), len(b.body))
}

// appendForm appends a form value: only what a form's parser would take for something else is escaped, so that JSON stays short.
func appendForm(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if c > '=' && c < 0x7f || c > '+' && c < ';' || c == '"' {
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

func (o *Outbox) url() string {
	b := append(make([]byte, 0, len(o.config.URL)+17), o.config.URL...)
	return string(jsontext.AppendInt(append(b, "&_="...), o.now))
}
