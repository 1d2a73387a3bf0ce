package outbox

// What a page may have under way when it ends: browsers give 64 KiB to requests that outlive their page and beacons together (Chromium), or
// to each beacon (Firefox). Other scripts use them too.
const (
	keepaliveQuotaBytes = 60_000
	minBeaconBytes      = 3_500
	maxLeaveFetches     = 2 // ordinary requests: a page that ends keeps no line busy for long
)

// Leave tells that this may be the page's last moment: what waits is handed to requests that outlive the page, as far as it fits.
// All of it stays stored until it is acknowledged. Until Return, every Commit hands over at once.
func (o *Outbox) Leave(nowMS int64) {
	o.beginEntry(nowMS)
	o.isLeaving = true
	o.hasNewSegments = true
	o.commitPending()
	o.copyDueSegments(true)
	o.releaseLock()
	o.endEntry()
}

// Return tells that the page goes on, or that the network is there again.
func (o *Outbox) Resume(nowMS int64) {
	o.beginEntry(nowMS)
	o.isLeaving = false
	for i := 0; i < len(o.inFlight); {
		if f := o.inFlight[i]; f.mode == Beacon {
			o.endRequest(f)
		} else {
			i++
		}
	}
	if !o.retryAfterSet {
		o.deadlines[retryAt] = 0
	}
	if len(o.index) > 0 {
		o.sendBy(o.now)
	}
	o.endEntry()
}

// handOver hands over what is not under way yet, oldest first: in a request that outlives the page, and is answered if the page stays;
// then by beacons, until the browser refuses them; and what is left in ordinary requests, which a page that ends may have sent whole by
// then. Only where all of that had room is there more for what an ordinary request carries already, and may not have sent; the collector
// recognises what arrives twice.
func (o *Outbox) handOver() {
	if o.retryAfterSet && o.deadlines[retryAt] > o.now {
		return
	}
	free := keepaliveQuotaBytes
	for _, f := range o.inFlight {
		if f.mode == Keepalive {
			free -= f.bytes
		}
	}
	if free > len(batchStart)+len(batchEnd) {
		o.handOverWith(Keepalive, free, true)
	}
	for size := keepaliveQuotaBytes; size >= minBeaconBytes; {
		switch o.handOverWith(Beacon, size, false) {
		case nothingLeft:
			return
		case refusedByBrowser:
			size /= 4
		}
	}
	for range maxLeaveFetches {
		if o.handOverWith(Fetch, o.networkMaxBytes, false) == nothingLeft {
			return
		}
	}
}

// outcome is what came of trying to hand something over.
type handOverResult int

const (
	nothingLeft      handOverResult = iota // was left that fits
	refusedByBrowser                       // by the browser
	handedOver
)

func (o *Outbox) handOverWith(mode Mode, bytes int, includeFetched bool) handOverResult {
	b := o.buildBatch(batchLimits{maxMessages: max(o.config.BatchSize, 1), maxBytes: min(bytes, o.collectorMaxBytes), splitSegments: true, includeFetched: includeFetched})
	if b.count == 0 {
		return nothingLeft
	}
	if o.sendBatch(b, mode) == nil {
		return refusedByBrowser
	}
	return handedOver
}
