package outbox

// patienceMS is how long an answer may take. The browser's own limit in js/src/core/network.ts is shorter: this one is for answers
// that never come, as after a page was frozen.
const patienceMS = 45_000

// flight is a request under way.
type flight struct {
	id     uint32
	mode   Mode
	parts  []part
	count  int // messages
	bytes  int // of the body
	sentAt int64
	probe  bool // asks whether the collector takes anything at all: see doubt.go
}

// part is the messages of one segment that a flight carries. Only of a page that is left it may be another than the first unsettled ones.
type part struct {
	segment    *segment
	from, upto int
}

// launch sends a batch. It returns nil where the browser refuses a beacon.
func (o *Outbox) launch(b batch, mode Mode) *flight {
	o.requests++
	f := &flight{id: o.requests, mode: mode, parts: b.parts, count: b.count, bytes: len(b.body), sentAt: o.now}
	if !o.ports.Send(f.id, Request{URL: o.url(), Body: b.text(), Mode: mode}) {
		return nil
	}
	for _, p := range f.parts {
		if p.segment.flight == nil {
			p.segment.upto = 0
		}
		p.segment.flight, p.segment.upto = f, max(p.segment.upto, p.upto)
	}
	o.flights = append(o.flights, f)
	o.opened = true
	return f
}

// land ends a flight: its segments may be sent again.
func (o *Outbox) land(f *flight) {
	for i, other := range o.flights {
		if other == f {
			o.flights = append(o.flights[:i], o.flights[i+1:]...)
			break
		}
	}
	for _, p := range f.parts {
		if p.segment.flight == f {
			p.segment.flight = nil
		}
	}
	if o.current == f {
		o.current = nil
	}
}

func (o *Outbox) find(id uint32) *flight {
	for _, f := range o.flights {
		if f.id == id {
			return f
		}
	}
	return nil
}

// expire gives up on answers that did not come.
func (o *Outbox) expire() {
	for i := 0; i < len(o.flights); {
		f := o.flights[i]
		if o.now-f.sentAt < patienceMS {
			i++
			continue
		}
		fetched := f == o.current
		o.land(f)
		if fetched {
			o.unreachable(Answer{Body: "no answer came in time"})
		} else {
			o.sendBy(o.now)
		}
	}
}

// message returns one message of a flight, "" when it is gone.
func (o *Outbox) message(f *flight, i int) string {
	for _, p := range f.parts {
		n := p.upto - p.from
		if i >= n {
			i -= n
			continue
		}
		text, _ := o.read(p.segment)
		lines := decode(o.lines[:0], text)
		o.lines = lines
		if p.from+i < len(lines) {
			return lines[p.from+i].json()
		}
		return ""
	}
	return ""
}
