package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// mergeWindowMS is how long after our write another tab may still overwrite the record without having read it, because browsers do not
// synchronise localStorage between the processes of two tabs. Until then, our changes are merged into whatever is read.
const mergeWindowMS = 5000

// sharedRecord is what the tracker knows of the record in storage, which other tabs and other scripts on this page write too.
type sharedRecord struct {
	key          string
	text         string           // as last read from or written to storage
	base         *identity.Record // the record that our changes were made to, for the three-way merge
	mergeUntil   int64            // until then base stays the record before our last write
	revision     uint64           // of the visitor when the record was last written, or storage refused it
	saves        int64            // how often the record was saved, as far as this page knows
	unsaved      bool             // the visitor has changes that are not in storage
	storeRetryAt int64            // when storing them is tried again
	missingSince int64            // when the record was first found missing; 0 while it is there
	verifier     outbox.VerifiedWriter
	durable      bool  // IndexedDB is marked: the browser has written a localStorage with this visitor's record to the disk
	durableAt    int64 // when that will be true, if a page still finds the record; 0 while storage has no record of this visitor
}

// durableMS is how long a browser may take to write localStorage to the disk. Chromium takes up to a minute, unless all pages that use it
// are gone.
const durableMS = 120_000

// loadRecord returns the record to start with.
func (t *Tracker) loadRecord() *identity.Record {
	r := &t.record
	r.key = recordPrefix + storageNamespace(t.facts.Token, t.facts.PersistenceName)
	r.text, _ = t.ports.Get(r.key)
	record := t.parseRecord(r.text)
	mirrored := t.facts.Mirrored
	r.saves = max(saveCount(r.text), saveCount(mirrored))
	r.durable = endsWith(mirrored, durableMark)
	if record.HasDistinctID() && !isMinted(r.text) {
		r.durableAt = record.BeganMS(t.now) + durableMS
	}
	switch {
	case mirrored != "" && (!record.HasDistinctID() || isMinted(r.text)): // Otherwise another new tab has settled already and saved more than the id.
		record = t.parseRecord(mirrored)
	case record.HasDistinctID() && saveCount(mirrored) > saveCount(r.text):
		// The browser has crashed, and localStorage is up to a minute old.
		r.base = record
		r.mergeUntil = t.now + mergeWindowMS
		r.unsaved = true
		record = t.parseRecord(mirrored)
		t.setConsent(record)
		return record
	case !record.HasDistinctID():
		record, _ = identity.ParseRecord(t.ports.Cookie(r.key)) // Another subdomain knows the visitor.
	}
	isAdopted := !record.HasDistinctID()
	if isAdopted {
		record, isAdopted = identity.ParseMixpanelRecord(t.facts.Mixpanel)
	}
	if !record.HasDistinctID() {
		record = identity.NewRecord(t.newDeviceID())
	}
	if t.config.Mixpanel && record.OptChangedMS != 0 {
		r.unsaved = true // The record ceases to say what the visitor decided.
	}
	record.NoteBeginning(isAdopted, t.now, t.facts.PageID)
	t.setConsent(record)
	r.base = record
	return record
}

// refresh reads the record from storage and merges what another tab has changed with what this one has changed since. The entry
// throughline/mixpanel also reads the cookies, because another tab may use mixpanel-browser.
func (t *Tracker) refresh(now int64) {
	t.refreshRecord(now)
	if t.config.Mixpanel {
		t.readSharedCookie(now)
		t.refreshMixpanelRecord(now)
	}
}

func (t *Tracker) refreshRecord(now int64) {
	r := &t.record
	text, ok := t.ports.Get(r.key)
	if !ok && r.text != "" {
		t.handleMissing(now)
		return
	}
	r.missingSince = 0
	if !ok || text == r.text {
		return
	}
	theirs := t.parseRecord(text)
	r.text = text
	if !theirs.HasDistinctID() || isMinted(text) {
		r.unsaved, r.storeRetryAt = true, 0
		return // It is unreadable, or of another new tab, which will settle on ours. The next commit overwrites it.
	}
	if r.durableAt == 0 {
		r.durableAt = now + durableMS
	}
	mine := t.visitor.Record()
	if r.mergeUntil <= now && !r.unsaved && r.revision == t.visitor.Revision() {
		r.base = mine
	}
	r.saves = max(r.saves, saveCount(text))
	t.adoptRecord(identity.MergeRecords(r.base, mine, theirs), now)
}

// newVisitorDelayMS is how long a tab that finds the record missing waits before it begins a new visitor. The tab whose page removed
// the record is likely to make the next call and begins one at once, and the other tabs then use that one.
const newVisitorDelayMS = 1000

// handleMissing begins a new visitor, at once in a task of this page, and otherwise after newVisitorDelayMS.
func (t *Tracker) handleMissing(now int64) {
	r := &t.record
	if t.mixpanel.written { // Then refreshMixpanelRecord decides: sites keep the visitor in mixpanel-browser's cookie.
		r.text, r.unsaved, r.storeRetryAt = "", true, 0
		t.notifyEmptied(now)
		return
	}
	if r.missingSince == 0 {
		r.missingSince = now
	}
	if t.inTask || now-r.missingSince >= newVisitorDelayMS {
		r.missingSince = 0
		t.startNewVisitor(now)
	}
}

// startNewVisitor begins a new visitor, because the page has emptied localStorage or removed the record, as some sites do at logout. If
// the old id came back after that, two people would count as one. Messages that were tracked before keep their ids. If storage keeps
// nothing at all, it was not emptied but has stopped working, and the visitor continues in memory.
func (t *Tracker) startNewVisitor(now int64) {
	r := &t.record
	if _, there := t.ports.Get(r.key); there {
		return // An earlier read failed.
	}
	r.text, r.unsaved, r.storeRetryAt = "", true, 0
	r.verifier.Unverify()
	var verifier outbox.VerifiedWriter // A separate one: a script may let this key pass and filter the record's.
	status := verifier.Set(t.ports, storageTestKey, "1")
	t.ports.Remove(storageTestKey)
	if status == outbox.Blocked {
		return // The next commit reports it.
	}
	t.unstored = nil
	t.visitor.StorageEmptied(identity.Call{TimeMS: now}, t.newDeviceID())
	r.base = t.visitor.Record()
	r.durable, r.durableAt = false, 0
	t.pageRevision = 0
	t.saveRecord(now)
	t.notifyEmptied(now)
}

func (t *Tracker) notifyEmptied(now int64) {
	for _, o := range &t.outboxes {
		o.StorageEmptied(now)
	}
}

// markDurable marks the copy in IndexedDB once localStorage has the record on the disk: a page found it there durableMS after the visitor
// began. From then on, a crash of the browser can only bring back an older record. So if a later visit finds no record, the page has
// emptied localStorage, and js/src/core/mirror.ts does not restore the copy.
//
// When a page is left before that, nobody can tell later whether a killed browser or a page without the library took the record away. So an
// anonymous visitor goes on, who would be two otherwise. One who has logged in or signed up does not, because the next person at this device
// would be taken for them.
func (t *Tracker) markDurable(now int64, left bool) {
	r := &t.record
	if r.durable || r.durableAt == 0 || r.unsaved || r.missingSince != 0 {
		return
	}
	if now >= r.durableAt || left && t.visitor.IsIdentified() {
		r.durable = true
		t.mirrorRecord(r.text)
	}
}

func (t *Tracker) mirrorRecord(text string) {
	if t.record.durable {
		text = text[:len(text)-1] + durableMark
	}
	t.ports.Keep(t.record.key, text)
}

// durableMark ends a copy in IndexedDB that is marked as durable. js/src/core/mirror.ts has the same text.
const durableMark = `,"durable":1}`

func endsWith(text, end string) bool { return len(text) > len(end) && text[len(text)-len(end):] == end }

// saveRecord writes the record if it contains anything new.
func (t *Tracker) saveRecord(now int64) {
	if t.record.missingSince == 0 {
		t.saveSharedCookie(now)
		t.saveMixpanelRecord()
		t.storeRecord(now)
	}
}

func (t *Tracker) storeRecord(now int64) {
	r := &t.record
	if r.revision == t.visitor.Revision() {
		if r.unsaved && now < r.storeRetryAt || !r.unsaved && r.text != "" && !isMinted(r.text) {
			return
		}
	}
	r.revision = t.visitor.Revision()
	record := t.visitor.Record().AppendJSON(make([]byte, 0, len(r.text)+256))
	if string(t.appendSaveCount(record)) == r.text {
		return
	}
	if r.mergeUntil <= now {
		if base := t.parseRecord(r.text); base.HasDistinctID() {
			r.base = base
		}
	}
	r.saves++
	text := jsontext.UnsafeString(t.appendSaveCount(record))
	t.mirrorRecord(text)
	if status := r.verifier.Set(t.ports, r.key, text); status != outbox.OK {
		// The base stays what storage has. Otherwise the merge at the next read would take our changes for undone.
		r.unsaved = true
		r.storeRetryAt = now + mergeWindowMS
		t.storageFailed(status)
		return
	}
	r.unsaved = false
	r.mergeUntil = now + mergeWindowMS
	r.text = text
	if r.durableAt == 0 {
		r.durableAt = now + durableMS
	}
}

// appendSaveCount adds to a record how often it was saved. Of the two copies, in localStorage and IndexedDB, the one with the higher
// count is the newer one.
func (t *Tracker) appendSaveCount(record []byte) []byte {
	b := record[:len(record)-1]
	if t.mixpanel.written {
		b = append(b, mixpanelMark...)
	}
	b = append(b, saveCountMark...)
	return append(jsontext.AppendInt(b, t.record.saves), '}')
}

const saveCountMark = `,"saves":`

// saveCount returns how often a record was saved, or 0 if it does not say.
func saveCount(text string) (saves int64) {
	_ = jsontext.Object(text, func(name, raw string) bool {
		if n, ok := jsontext.ParseInt(raw); ok && name == "saves" {
			saves = n
		}
		return true
	})
	return saves
}

// isMinted reports whether the shim minted a record for a visitor it did not know (js/src/record.ts), and nothing has confirmed it yet.
// Several tabs that open at once each mint one, and IndexedDB decides which of them counts.
func isMinted(text string) bool {
	return endsWith(text, `,"minted":1}`)
}

func (t *Tracker) parseRecord(text string) *identity.Record {
	if text == "" {
		return &identity.Record{}
	}
	record, problems := identity.ParseRecord(text)
	if len(problems) > 0 {
		t.warn([]identity.Warning{identity.NewWarning(identity.RecordDamaged, problems[0])})
	}
	return record
}

func (t *Tracker) newDeviceID() string {
	var random [16]byte
	t.ports.Random(random[:])
	return identity.NewDeviceID(random)
}
