package outbox

const otherTabScanMS = 15_000 // an open tab sends its own events within this time

// StorageChanged must be called when another tab wrote to the storage of this outbox. Later, this tab looks whether that tab closed
// without sending it. The delay is random, so that not all tabs look at once.
func (o *Outbox) StorageChanged(nowMS int64) {
	o.beginEntry(nowMS)
	o.dueBy(scanAt, o.now+otherTabScanMS+o.jitter(otherTabScanMS))
	o.endEntry()
}

// loadIndex reads what earlier pages left in storage.
func (o *Outbox) loadIndex() {
	o.scan()
	o.mustWait()
	for _, s := range o.index {
		s.knownSince -= mirrorForeignDelayMS - mirrorDelayMS // Most of these pages are closed, so they are copied as soon as segments of this page.
	}
	if len(o.index) > 0 {
		o.dueBy(mirrorAt, o.now+mirrorDelayMS)
	}
}

// scan updates the index from storage, because other tabs add and remove segments, and closed tabs leave theirs.
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
			o.keysToRemove = append(o.keysToRemove, key) // It is settled already: another tab stored the mirror's copy, or removeItem was replaced.
			continue
		}
		s.foreign = true
		s.knownSince = o.now
		o.setStoredChars(s, len(key)+s.bytes)
		// Older ones are on the disk, and their page had the time to copy them.
		if age := o.now - o.keyMS(s); age >= 0 && age < diskWriteMS {
			o.dueBy(mirrorAt, o.now+mirrorForeignDelayMS)
		} else {
			s.copied = true
		}
		o.insert(s)
		o.sendBy(o.now)
	}
}

// sortKeys sorts keys by heap sort, because slices.Sort would add three kilobytes to every page.
func sortKeys(keys []string) {
	for i := len(keys)/2 - 1; i >= 0; i-- {
		sift(keys, i)
	}
	for last := len(keys) - 1; last > 0; last-- {
		keys[0], keys[last] = keys[last], keys[0]
		sift(keys[:last], 0)
	}
}

// sift moves the key at i down to its position in a heap whose greatest key is the first.
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
