package outbox

// requestTimeoutMS is how long to wait for an answer. The time limit of the fetch itself, in js/src/core/network.ts, is shorter. This
// one covers answers that never come, as after a page was frozen.
const requestTimeoutMS = 45_000

// inFlightRequest is a request that was sent and has not been answered yet.
type inFlightRequest struct {
	id      uint32
	mode    Mode
	parts   []part
	count   int // messages
	bytes   int // of the body
	sentAt  int64
	isProbe bool // see refusal.go
}

// part is the messages of one segment that a request carries, those from index from to index to-1. They are the first unsettled ones of
// the segment, except in requests that are sent while the page is left.
type part struct {
	segment  *segment
	from, to int
}

// sendBatch sends a batch. It returns nil if the browser refused it, which happens to beacons only.
func (o *Outbox) sendBatch(b *batch, mode Mode) *inFlightRequest {
	o.lastRequestID++
	f := &inFlightRequest{id: o.lastRequestID, mode: mode, parts: b.parts, count: b.count, bytes: len(b.body), sentAt: o.now}
	if !o.ports.Send(f.id, Request{URL: o.url(), Body: b.bodyText(), Mode: mode}) {
		return nil
	}
	for _, p := range f.parts {
		if p.segment.request == nil {
			p.segment.sentCount = 0
		}
		p.segment.request, p.segment.sentCount = f, max(p.segment.sentCount, p.to)
	}
	o.inFlight = append(o.inFlight, f)
	if mode == Keepalive {
		o.config.Quota.used += f.bytes
	}
	o.hasSent = true
	return f
}

// endRequest removes a request from those in flight, so that its segments may be sent again.
func (o *Outbox) endRequest(f *inFlightRequest) {
	for i, other := range o.inFlight {
		if other == f {
			o.inFlight = append(o.inFlight[:i], o.inFlight[i+1:]...)
			if f.mode == Keepalive {
				o.config.Quota.used -= f.bytes
			}
			break
		}
	}
	for _, p := range f.parts {
		if p.segment.request == f {
			p.segment.request = nil
		}
	}
	if o.currentRequest == f {
		o.currentRequest = nil
	}
}

func (o *Outbox) requestByID(id uint32) *inFlightRequest {
	for _, f := range o.inFlight {
		if f.id == id {
			return f
		}
	}
	return nil
}

// expire ends the requests whose answers did not come in time.
func (o *Outbox) expire() {
	for i := 0; i < len(o.inFlight); {
		f := o.inFlight[i]
		if o.now-f.sentAt < requestTimeoutMS {
			i++
			continue
		}
		fetched := f == o.currentRequest
		o.endRequest(f)
		if fetched {
			o.handleNoAnswer(&Answer{Body: "no answer came in time"})
		} else {
			o.sendBy(o.now)
		}
	}
}

// messageOf returns the JSON of the i-th message of a request's parts, or "" if it is no longer in storage.
func (o *Outbox) messageOf(parts []part, i int) string {
	for _, p := range parts {
		n := p.to - p.from
		if i >= n {
			i -= n
			continue
		}
		text, _ := o.read(p.segment)
		lines := decode(o.buffer[:0], text)
		o.buffer = lines
		if p.from+i < len(lines) {
			return lines[p.from+i].json()
		}
		return ""
	}
	return ""
}
