package outbox

// patienceMS is how long an answer may take. The browser's own limit in js/src/core/network.ts is shorter: this one is for answers
// that never come, as after a page was frozen.
const requestTimeoutMS = 45_000

// flight is a request under way.
type inFlightRequest struct {
	id      uint32
	mode    Mode
	parts   []part
	count   int // messages
	bytes   int // of the body
	sentAt  int64
	isProbe bool // asks whether the collector takes anything at all: see doubt.go
}

// part is the messages of one segment that a flight carries. Only of a page that is left it may be another than the first unsettled ones.
type part struct {
	segment  *segment
	from, to int
}

// launch sends a batch. It returns nil where the browser refuses a beacon.
func (o *Outbox) sendBatch(b batch, mode Mode) *inFlightRequest {
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
	o.hasSent = true
	return f
}

// land ends a flight: its segments may be sent again.
func (o *Outbox) endRequest(f *inFlightRequest) {
	for i, other := range o.inFlight {
		if other == f {
			o.inFlight = append(o.inFlight[:i], o.inFlight[i+1:]...)
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

// expire gives up on answers that did not come.
func (o *Outbox) expireRequests() {
	for i := 0; i < len(o.inFlight); {
		f := o.inFlight[i]
		if o.now-f.sentAt < requestTimeoutMS {
			i++
			continue
		}
		fetched := f == o.currentRequest
		o.endRequest(f)
		if fetched {
			o.handleNoAnswer(Answer{Body: "no answer came in time"})
		} else {
			o.sendBy(o.now)
		}
	}
}

// message returns one message of a flight, "" when it is gone.
func (o *Outbox) messageOf(f *inFlightRequest, i int) string {
	for _, p := range f.parts {
		n := p.to - p.from
		if i >= n {
			i -= n
			continue
		}
		text, _ := o.read(p.segment)
		lines := decode(o.messageBuffer[:0], text)
		o.messageBuffer = lines
		if p.from+i < len(lines) {
			return lines[p.from+i].json()
		}
		return ""
	}
	return ""
}
