package outbox

// How much a page may have in flight when it ends. Chromium allows 64 KiB for all keepalive requests and beacons together, Firefox for
// each beacon. Other scripts on the page use the same quota.
const (
	keepaliveQuotaBytes = 60_000
	minBeaconBytes      = 3_500
	maxLeaveFetches     = 2 // few, so that a page that is left does not keep the network busy for long
)

// KeepaliveQuota is the quota of the keepalive requests of a page, which its outboxes share.
type KeepaliveQuota struct{ used int }

// Leave must be called when the page may be about to end, as when it is hidden. What waits is sent in requests that outlive the page,
// as far as the browser's quota allows. All of it stays in storage until it is acknowledged. Until Resume is called, every Commit does
// the same.
func (o *Outbox) Leave(nowMS int64) {
	o.beginEntry(nowMS)
	o.isLeaving = true
	o.hasNewSegments = true
	o.commitPending()
	o.copyDue(true)
	o.releaseLock()
	o.endEntry()
}

// Resume must be called when the page goes on after Leave, or when the network is back.
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

// handOver sends what is not in flight yet, oldest first. It uses one keepalive request, which is answered if the page stays, then
// beacons until the browser refuses them, then ordinary fetches, which the browser may have sent completely by the time the page ends.
// If the keepalive quota is not used up by that, it also repeats what ordinary fetches carry, because those may be aborted. The
// collector recognises what arrives twice. Cumulative messages wait for the next visit.
func (o *Outbox) handOver() {
	if o.isPaused() || o.retryAfterSet && o.deadlines[retryAt] > o.now {
		return
	}
	free := keepaliveQuotaBytes - o.config.Quota.used
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

// handOverResult is the result of handOverWith.
type handOverResult int

const (
	nothingLeft handOverResult = iota // no message is left that fits
	refusedByBrowser
	handedOver
)

func (o *Outbox) handOverWith(mode Mode, bytes int, includeFetched bool) handOverResult {
	b := o.buildBatch(&batchLimits{
		maxMessages: max(o.config.BatchSize, 1), maxBytes: min(bytes, o.collectorMaxBytes),
		splitSegments: true, skipCumulative: true, includeFetched: includeFetched,
	})
	if b.count == 0 {
		return nothingLeft
	}
	if o.sendBatch(b, mode) == nil {
		return refusedByBrowser
	}
	return handedOver
}
