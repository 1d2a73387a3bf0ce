package outbox

// Alone says how a message goes that does not wait for others, as with Mixpanel's options batch_requests: false and send_immediately.
type Alone int

const (
	// Batched means that the message goes with others.
	Batched Alone = iota
	// AloneByFetch means that it goes in a request of its own when its task ends.
	AloneByFetch
	// AloneByBeacon means the same with a beacon. Nobody hears its answer, so that the message is sent once more later.
	AloneByBeacon
)

// aloneSegment is a segment of one message that goes alone.
type aloneSegment struct {
	segment *segment
	alone   Alone
}

// maxInFlightAlone limits the requests of messages that go alone. What exceeds it is batched.
const maxInFlightAlone = 50

// sendAlone sends the messages of this task that go alone, each in a request whose body is the message itself, not an array. The lock is not
// needed for that: other tabs leave the segments of a page that is open to it for some seconds (scan.go). If the request fails, the message waits
// in its segment as any other does. Nothing is sent while the server has asked for a delay.
func (o *Outbox) sendAlone() {
	for _, a := range o.alone {
		if a.segment == nil || o.deadlines[retryAt] > o.now || len(o.inFlight) >= maxInFlightAlone {
			continue
		}
		lines := o.readMessages(a.segment)
		if len(lines) != 1 {
			continue
		}
		b := &batch{body: append([]byte(nil), dataField...), parts: []part{{segment: a.segment, to: 1}}, count: 1}
		b.addHead(lines[0].head)
		b.body = appendForm(b.body, lines[0].rest)
		mode := Fetch
		if a.alone == AloneByBeacon {
			mode = Beacon
		}
		o.sendBatch(b, mode)
	}
}
