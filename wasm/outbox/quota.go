package outbox

import "github.com/throughline/throughline/identity/jsontext"

// Browsers give about 5,200,000 characters of localStorage to all scripts of an origin together. Segments of events take at most
// maxStoredChars of them, and what exceeds that waits in memory and in the mirror. If the quota is used up, so that the site's own writes fail,
// segments are reduced to reducedStoredChars for the rest of the page.
const (
	maxStoredChars     = 2_000_000
	reducedStoredChars = 100_000
)

// storageUsage is how much of storage the segments take.
type storageUsage struct {
	storedChars int // maximum number of characters of all segments in storage
	charsLimit  int // Limits.StoredChars or reducedStoredChars
}

// quotaTestChars is how much the site should be able to write. A write of this length tests whether it could.
const quotaTestChars = 100_000

// testQuota tests, while segments take much of storage, whether the site can still write to it.
func (o *Outbox) testQuota() {
	if o.storedChars <= o.limits.StoredChars/4 || o.charsLimit == reducedStoredChars {
		return
	}
	key := o.config.Prefix + "room"
	filler := make([]byte, quotaTestChars)
	for i := range filler {
		filler[i] = ' '
	}
	if o.ports.Set(key, jsontext.UnsafeString(filler)) == Full {
		o.reduceStorageUse()
	} else {
		o.ports.Remove(key)
	}
}

// reduceStorageUse is called when storage is full. Segments of this page are copied to the mirror now, and removed from storage a
// moment later by evictSegments. Segments of other pages stay, because a page that is still open moves its own.
func (o *Outbox) reduceStorageUse() {
	if o.charsLimit == reducedStoredChars || o.storedChars <= reducedStoredChars {
		return
	}
	o.charsLimit = reducedStoredChars
	for _, s := range o.index {
		if s.storedChars > 0 && !s.foreign && !s.copied {
			o.copyToMirror(s, s.text)
		}
	}
	o.dueBy(evictAt, o.now+mirrorDelayMS)
}

// evictSegments removes segments from storage until the limit is met. It begins with the newest, because the oldest are delivered
// first.
func (o *Outbox) evictSegments() {
	o.deadlines[evictAt] = 0
	for i := len(o.index) - 1; i >= 0 && o.storedChars > o.charsLimit; i-- {
		if s := o.index[i]; s.storedChars > 0 && !s.foreign && s.copied {
			o.ports.Remove(s.key)
			o.setNotStored(s)
		}
	}
}
