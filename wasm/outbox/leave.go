package outbox

// handOverBytes is what a page may have under way when it ends: the browser's quota is 64 KiB, which other scripts use too.
const handOverBytes = 60_000

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

// handOver hands over what is not handed over yet, oldest first. An ordinary request under way ends with the page, so what it
// carries is handed over too; the collector recognises what arrives twice.
func (o *Outbox) handOver() {
	if o.asked && o.at[dueRetry] > o.now {
		return
	}
	o.handOverBy(Keepalive)
	o.handOverBy(Beacon)
}

func (o *Outbox) handOverBy(mode Mode) {
	room := handOverBytes
	for _, f := range o.flights {
		if f.mode == mode {
			room -= f.bytes
		}
	}
	if room <= len(batchStart)+len(batchEnd) || len(o.index) == 0 {
		return
	}
	b := o.gather(want{count: max(o.config.BatchSize, 1), bytes: min(room, o.ceiling), leaving: true})
	if b.count > 0 {
		o.launch(b, mode)
	}
}
