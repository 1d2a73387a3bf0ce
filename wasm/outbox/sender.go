package outbox

// state is where the sender of this page stands.
type state int

const (
	resting state = iota
	asking        // for the lock
	holding       // it, or doing without
)

// sender sends what waits, one request at a time, while no other tab does.
type sender struct {
	state    state
	stranded bool    // sending without the lock, for whoever holds it does not let go
	current  *flight // the request that the sender waits for
	opened   bool    // a first request was made
	failures int     // in a row
	asked    bool    // dueRetry is what the collector asked for
	shared   bool    // and other tabs were told
	suspect  int     // so many messages at the front are known to have a bad one among them
	sample   string  // a message that was taken
	doubt    doubt   // of a message that was refused alone
	fickle   bool    // a message was refused that was taken at another time
	reach    int     // bytes in one request, as far as the line carries
	ceiling  int     // bytes in one request, as far as the collector takes
	silence
}

const (
	unlockMS    = 60_000 // without a lock, insert ids stand in
	turnMS      = 20_000 // then another tab may send
	scanPauseMS = 2_000
)

// sendBy asks for what waits to be sent by then.
func (o *Outbox) sendBy(at int64) { o.by(dueSend, at) }

// advance asks for the lock when there is something to do.
func (o *Outbox) advance() {
	if o.state != resting || !o.due(dueSend) || o.at[dueRetry] > o.now {
		return
	}
	if !o.sendable() {
		o.at[dueSend] = 0
		return
	}
	o.state = asking
	o.at[dueUnlock] = o.now + unlockMS
	o.ports.Acquire(o.config.LockName)
}

func (o *Outbox) sendable() bool {
	for _, s := range o.index {
		if s.flight == nil {
			return true
		}
	}
	return false
}

// Locked tells that the lock is held.
func (o *Outbox) Locked(nowMS int64) {
	o.enter(nowMS)
	switch {
	case o.state == asking:
		o.hold(false)
	case o.stranded:
		o.stranded = false
	case o.state == resting:
		o.ports.Release()
	}
	o.leaveEntry()
}

func (o *Outbox) hold(stranded bool) {
	o.state = holding
	o.stranded = stranded
	o.at[dueUnlock] = 0
	o.at[dueYield] = o.now + turnMS
	if o.now-o.scannedAt >= scanPauseMS {
		o.scan()
	} else {
		o.hear()
	}
	if !o.mustWait() {
		o.next()
	}
}

// rest gives the lock back.
func (o *Outbox) rest() {
	if o.state == resting {
		return
	}
	o.state = resting
	o.stranded = false
	o.at[dueUnlock] = 0
	o.ports.Release()
}

// next sends the next batch, or rests. What was appended meanwhile waits for its own time, unless it fills a batch.
func (o *Outbox) next() {
	if o.state != holding || o.current != nil {
		return
	}
	if !o.due(dueSend) && !o.batchWaits() || o.at[dueRetry] > o.now {
		o.rest()
		return
	}
	if o.due(dueYield) {
		o.rest()
		o.sendBy(o.now)
		return
	}
	b := o.nextBatch()
	if b.count == 0 {
		o.at[dueSend] = 0
		o.rest()
		return
	}
	o.current = o.launch(b, Fetch)
	o.current.probe = o.doubt.probing()
	o.at[dueSend] = 0
	if o.sendable() {
		o.sendBy(o.now)
	}
}

// batchWaits reports whether waiting longer would not make the next request larger, or would leave a segment half delivered.
func (o *Outbox) batchWaits() bool {
	return o.events >= o.config.BatchSize || o.bytes >= o.reach || len(o.index) > 0 && o.index[0].done > 0
}

func (o *Outbox) nextBatch() batch {
	w := want{count: max(o.config.BatchSize, 1), bytes: min(o.reach, o.ceiling)}
	if o.suspect > 0 {
		w.count = max(1, min(w.count, o.suspect/2))
	}
	if o.doubt.probing() {
		if b := o.nextProbe(w); b.count > 0 {
			return b
		}
		o.doubt = doubt{}
	}
	return o.gather(w)
}
