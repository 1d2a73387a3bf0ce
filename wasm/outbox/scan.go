package outbox

const otherTabScanMS = 15_000 // a living tab sends its own within that

// Noticed tells that another tab stored something for the same outbox: if that tab dies, this one sends it.
func (o *Outbox) StorageChanged(nowMS int64) {
	o.beginEntry(nowMS)
	o.dueBy(scanAt, o.now+otherTabScanMS+o.jitter(otherTabScanMS))
	o.endEntry()
}

// start finds what earlier pages left.
func (o *Outbox) findEarlierSegments() {
	o.scan()
	o.mustWait()
	for _, s := range o.index {
		s.knownSince -= mirrorForeignDelayMS - mirrorDelayMS // Whoever left them is dead, more often than not.
	}
	if len(o.index) > 0 {
		o.dueBy(mirrorAt, o.now+mirrorDelayMS)
	}
}

// scan brings the index in line with storage: other tabs, dead or alive, add and remove segments.
func (o *Outbox) scan() {
	o.scannedAt = o.now
	o.removeSettled()
	o.readNote()
	o.testQuota()
	keys := o.ports.Keys(o.config.Prefix)
	sortKeys(keys)
	next := 0
	for i := 0; i < len(o.index); {
		s := o.index[i]
		for next < len(keys) && keys[next] < s.key {
			next++
		}
		listed := next < len(keys) && keys[next] == s.key
		if listed || s.storedChars == 0 || !o.handleMissing(s) {
			i++
		}
	}
	for _, key := range keys {
		if o.isDropsKey(key) {
			o.hasUnreported = true
			continue
		}
		s := o.parseKey(key)
		if s == nil {
			continue
		}
		if _, known := o.search(key); known {
			continue
		}
		if origin := o.origin(s); origin[:nonceDigits] == o.nonce || noteContains(o.note, origin) {
			o.keysToRemove = append(o.keysToRemove, key) // It is settled: somebody stored a copy of it, or Storage's function that removes was replaced.
			continue
		}
		s.foreign = true
		s.knownSince = o.now
		o.setStoredChars(s, len(key)+s.bytes)
		// An older one is on the disk, and its page had the time to copy it.
		if age := o.now - o.keyMS(s); age >= 0 && age < diskWriteMS {
			o.dueBy(mirrorAt, o.now+mirrorForeignDelayMS)
		} else {
			s.copied = true
		}
		o.insertInIndex(s)
		o.sendBy(o.now)
	}
}

// sortKeys is a heap sort: slices.Sort is three kilobytes of a page.
func sortKeys(keys []string) {
	for i := len(keys)/2 - 1; i >= 0; i-- {
		sift(keys, i)
	}
	for last := len(keys) - 1; last > 0; last-- {
		keys[0], keys[last] = keys[last], keys[0]
		sift(keys[:last], 0)
	}
}

// sift lets the key at i sink in a heap, whose greatest key is the first.
func sift(heap []string, i int) {
	for {
		child := 2*i + 1
		if child+1 < len(heap) && heap[child] < heap[child+1] {
			child++
		}
		if child >= len(heap) || heap[i] >= heap[child] {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}
