package outbox

// pendingFlush is a call of Flush that waits until all segments up to lastKey are settled.
type pendingFlush struct {
	id      uint32
	lastKey string
}

// Flush sends what waits now, without waiting for FlushMS or backoff, but not during a Retry-After. Reporter.Flushed is called with id
// and the outcome.
func (o *Outbox) Flush(nowMS int64, id uint32) {
	o.beginEntry(nowMS)
	o.commitPending()
	switch {
	case len(o.index) == 0:
		o.reporter.Flushed(id, true)
	case o.retryAfterSet && o.deadlines[retryAt] > o.now:
		o.reporter.Flushed(id, false)
	default:
		o.pendingFlushes = append(o.pendingFlushes, pendingFlush{id: id, lastKey: o.index[len(o.index)-1].key})
		o.deadlines[retryAt] = 0
		o.sendBy(o.now)
	}
	o.endEntry()
}

func (o *Outbox) resolveFlushes() {
	for len(o.pendingFlushes) > 0 && (len(o.index) == 0 || o.index[0].key > o.pendingFlushes[0].lastKey) {
		id := o.pendingFlushes[0].id
		o.pendingFlushes = o.pendingFlushes[1:]
		o.reporter.Flushed(id, true)
	}
}

func (o *Outbox) failFlushes() {
	o.resolveFlushes()
	failed := o.pendingFlushes
	o.pendingFlushes = nil
	for _, t := range failed {
		o.reporter.Flushed(t.id, false)
	}
}
