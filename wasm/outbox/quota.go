package outbox

import "github.com/throughline/throughline/identity/jsontext"

// The site's localStorage is the site's: browsers give about 5,200,000 characters to all scripts of an origin together. What waits takes
// at most shareChars of them; beyond that it waits in memory, with a copy in the mirror. Where the quota is used up, so that the site's
// own next write fails too, the outbox gives room back and takes no more than leastChars from then on.
const (
	maxStoredChars     = 2_000_000
	reducedStoredChars = 100_000
)

// space is what the outbox takes of storage.
type storageUsage struct {
	storedChars      int // characters, of all segments that storage holds, at most
	storedCharsLimit int // that they may take
}

// roomChars is what the site is to find room for: a write of so many characters says whether it would.
const quotaTestChars = 100_000

// tryRoom looks whether the site has room to write, while what waits takes much.
func (o *Outbox) testQuota() {
	if o.storedChars <= maxStoredChars/4 || o.storedCharsLimit == reducedStoredChars {
		return
	}
	key := o.config.Prefix + "room"
	filler := make([]byte, quotaTestChars)
	for i := range filler {
		filler[i] = ' '
	}
	if o.ports.Set(key, jsontext.Text(filler)) == ErrFull {
		o.reduceStorageUse()
	} else {
		o.ports.Remove(key)
	}
}

// giveWay is called when storage is full. What this page wrote is copied to the mirror first, and then, a moment later, removed from
// storage. What another page wrote stays where it is: if that page lives, the segments are its own to move.
func (o *Outbox) reduceStorageUse() {
	if o.storedCharsLimit == reducedStoredChars || o.storedChars <= reducedStoredChars {
		return
	}
	o.storedCharsLimit = reducedStoredChars
	for _, s := range o.index {
		if s.storedChars > 0 && !s.foreign && !s.copied {
			o.copyToMirror(s, s.text)
		}
	}
	o.dueBy(evictAt, o.now+mirrorDelayMS)
}

// makeSpace removes from storage what is beyond the share: the newest first, for the oldest is delivered first.
func (o *Outbox) evictSegments() {
	o.deadlines[evictAt] = 0
	for i := len(o.index) - 1; i >= 0 && o.storedChars > o.storedCharsLimit; i-- {
		if s := o.index[i]; s.storedChars > 0 && !s.foreign && s.copied {
			o.ports.Remove(s.key)
			o.setNotStored(s)
		}
	}
}
