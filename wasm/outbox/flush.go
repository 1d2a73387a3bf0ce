package outbox

// ticket is somebody who waits for what waited when he asked.
type ticket struct {
	id   uint32
	last string // key
}

// Flush sends what waits, now. Reporter.Flushed tells the outcome.
func (o *Outbox) Flush(nowMS int64, id uint32) {
	o.enter(nowMS)
	o.commitOwn()
	switch {
	case len(o.index) == 0:
		o.reporter.Flushed(id, true)
	case o.asked && o.at[dueRetry] > o.now:
		o.reporter.Flushed(id, false)
	default:
		o.tickets = append(o.tickets, ticket{id: id, last: o.index[len(o.index)-1].key})
		o.at[dueRetry] = 0
		o.sendBy(o.now)
	}
	o.leaveEntry()
}

func (o *Outbox) resolveTickets() {
	for len(o.tickets) > 0 && (len(o.index) == 0 || o.index[0].key > o.tickets[0].last) {
		id := o.tickets[0].id
		o.tickets = o.tickets[1:]
		o.reporter.Flushed(id, true)
	}
}

func (o *Outbox) failTickets() {
	o.resolveTickets()
	tickets := o.tickets
	o.tickets = nil
	for _, t := range tickets {
		o.reporter.Flushed(t.id, false)
	}
}
