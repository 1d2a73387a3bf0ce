package outbox

// What a page may have under way when it ends: browsers give 64 KiB to requests that outlive their page and beacons together (Chromium), or
// to each beacon (Firefox). Other scripts use them too.
const (
	handOverBytes    = 60_000
	leastBeaconBytes = 3_500
	mostFetches      = 2 // ordinary requests: a page that ends keeps no line busy for long
)

// Leave tells that this may be the page's last moment: what waits is handed to requests that outlive the page, as far as it fits.
// All of it stays stored until it is acknowledged. Until Return, every Commit hands over at once.
func (o *Outbox) Leave(nowMS int64) {
	o.enter(nowMS)
	o.left = true
	o.written = true
	o.commitOwn()
	o.mirror(true)
	o.rest()
	o.leaveEntry()
}

// Return tells that the page goes on, or that the network is there again.
func (o *Outbox) Return(nowMS int64) {
	o.enter(nowMS)
	o.left = false
	for i := 0; i < len(o.flights); {
		if f := o.flights[i]; f.mode == Beacon {
			o.land(f)
		} else {
			i++
		}
	}
	if !o.asked {
		o.at[dueRetry] = 0
	}
	if len(o.index) > 0 {
		o.sendBy(o.now)
	}
	o.leaveEntry()
}

// handOver hands over what is not under way yet, oldest first: in a request that outlives the page, and is answered if the page stays;
// then by beacons, until the browser refuses them; and what is left in ordinary requests, which a page that ends may have sent whole by
// then. Only where all of that had room is there more for what an ordinary request carries already, and may not have sent; the collector
// recognises what arrives twice.
func (o *Outbox) handOver() {
	if o.asked && o.at[dueRetry] > o.now {
		return
	}
	room := handOverBytes
	for _, f := range o.flights {
		if f.mode == Keepalive {
			room -= f.bytes
		}
	}
	if room > len(batchStart)+len(batchEnd) {
		o.handOverBy(Keepalive, room, true)
	}
	for size := handOverBytes; size >= leastBeaconBytes; {
		switch o.handOverBy(Beacon, size, false) {
		case nothing:
			return
		case denied:
			size /= 4
		}
	}
	for range mostFetches {
		if o.handOverBy(Fetch, o.reach, false) == nothing {
			return
		}
	}
}

// outcome is what came of trying to hand something over.
type outcome int

const (
	nothing outcome = iota // was left that fits
	denied                 // by the browser
	handed
)

func (o *Outbox) handOverBy(mode Mode, bytes int, again bool) outcome {
	b := o.gather(want{count: max(o.config.BatchSize, 1), bytes: min(bytes, o.ceiling), leaving: true, again: again})
	if b.count == 0 {
		return nothing
	}
	if o.launch(b, mode) == nil {
		return denied
	}
	return handed
}
