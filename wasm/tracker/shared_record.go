package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// settleMS is how long another tab may overwrite a record before it has seen ours: localStorage is not in step between the
// processes of two tabs. Until then our own changes are merged into whatever we find.
const mergeWindowMS = 5000

// sharedRecord is what the tracker knows of the stored record, which other tabs, and other scripts on this page, write too.
type sharedRecord struct {
	key          string
	text         string          // as storage has it: last read or written
	base         identity.Record // what our changes are changes of
	mergeUntil   int64           // from then on text is the base
	revision     uint64          // of the visitor, when it was last written, or storage refused it
	saves        int64           // how often the record was saved, as far as this page knows
	unsaved      bool            // storage does not have what the visitor is
	storeRetryAt int64           // when it is offered to storage again
	missingSince int64           // when it was first found to be gone
	verifier     outbox.VerifiedWriter
	durable      bool  // localStorage is on the disk since it has a record of this visitor, and IndexedDB says so
	durableAt    int64 // when it will be; 0 while storage has no record of this visitor
}

// durableMS is how long a browser may take to put localStorage on the disk: Chromium up to a minute.
const durableMS = 120_000

// loadRecord returns the record to start with.
func (t *Tracker) loadRecord() identity.Record {
	r := &t.record
	r.key = recordPrefix + storageNamespace(t.facts.Token, t.facts.PersistenceName)
	r.text, _ = t.ports.Get(r.key)
	record := t.parseRecord(r.text)
	mirrored := t.facts.Mirrored
	r.saves = max(saveCount(r.text), saveCount(mirrored))
	r.durable = endsWith(mirrored, durableMark)
	if record.Known() && !isMinted(r.text) {
		r.durableAt = t.now + durableMS
	}
	switch {
	case mirrored != "" && (!record.Known() || isMinted(r.text)): // Else another new tab has settled, and saved more than the id.
		record = t.parseRecord(mirrored)
	case record.Known() && saveCount(mirrored) > saveCount(r.text):
		// The browser was killed: what localStorage has is up to a minute old.
		r.base = record
		r.mergeUntil = t.now + mergeWindowMS
		r.unsaved = true
		return t.parseRecord(mirrored)
	case !record.Known() && t.facts.Mixpanel != "":
		record, _ = identity.MigrateMixpanel(t.facts.Mixpanel)
	}
	if !record.Known() {
		record = identity.NewRecord(t.newDeviceID())
	}
	r.base = record
	return record
}

// refresh takes over what another tab wrote since, and keeps what this one changed meanwhile.
func (t *Tracker) refresh(now int64) {
	r := &t.record
	text, ok := t.ports.Get(r.key)
	if !ok && r.text != "" {
		t.handleMissingRecord(now)
		return
	}
	r.missingSince = 0
	if !ok || text == r.text {
		return
	}
	theirs := t.parseRecord(text)
	r.text = text
	if !theirs.Known() || isMinted(text) {
		r.unsaved, r.storeRetryAt = true, 0
		return // Damaged beyond rescue, or another new tab's, which will settle on ours: the next commit writes ours over it.
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

// missMS is how long a tab leaves it to others to begin a new visitor: of several tabs that find the record gone, the one whose page
// removed it is the first to make a call, and the others follow it.
const newVisitorDelayMS = 1000

// missed finds the record gone.
func (t *Tracker) handleMissingRecord(now int64) {
	r := &t.record
	if r.missingSince == 0 {
		r.missingSince = now
	}
	if t.inTask || now-r.missingSince >= newVisitorDelayMS {
		r.missingSince = 0
		t.startNewVisitor(now)
	}
}

// emptied begins a new visitor: the page has emptied localStorage, or removed the record, as some do at logout, and an id that comes back
// after that takes two people for one. What was tracked before keeps its ids. Where storage keeps nothing any more, nobody has emptied
// it: it has stopped working, and the visitor goes on in memory.
func (t *Tracker) startNewVisitor(now int64) {
	r := &t.record
	if _, there := t.ports.Get(r.key); there {
		return // A read had failed.
	}
	r.text, r.unsaved, r.storeRetryAt = "", true, 0
	r.verifier.Unverify()
	var verifier outbox.VerifiedWriter // Of its own: a storage that keeps this key may be one that filters ours.
	err := verifier.Set(t.ports, storageTestKey, "1")
	t.ports.Remove(storageTestKey)
	if err == outbox.ErrBlocked {
		return // The next commit says so.
	}
	t.visitor.Reset(identity.Stamp{TimeMS: now}, t.newDeviceID())
	r.base = t.visitor.Record()
	r.durable, r.durableAt = false, 0
	t.appliedPageRevision = 0
	t.saveRecord(now)
	t.outbox.StorageEmptied(now)
}

// keepDurable tells IndexedDB that localStorage has the record on the disk, or will have it in a moment: a page that is left is followed by
// others, or the browser writes before it ends. A browser that is killed from then on goes on with an older record at worst. So where
// there is none at a later visit, the page has emptied localStorage, and js/src/core/mirror.ts gives nobody's record back.
func (t *Tracker) markDurable(now int64, left bool) {
	r := &t.record
	if r.durable || r.durableAt == 0 || r.unsaved || r.missingSince != 0 || !left && now < r.durableAt {
		return
	}
	r.durable = true
	t.mirrorRecord(r.text)
}

func (t *Tracker) mirrorRecord(text string) {
	if t.record.durable {
		text = text[:len(text)-1] + durableMark
	}
	t.ports.Keep(t.record.key, text)
}

// durableMark ends the copy in IndexedDB: js/src/core/mirror.ts knows it.
const durableMark = `,"durable":1}`

func endsWith(text, end string) bool { return len(text) > len(end) && text[len(text)-len(end):] == end }

// saveRecord writes the record if it says anything new.
func (t *Tracker) saveRecord(now int64) {
	r := &t.record
	if r.missingSince != 0 {
		return
	}
	if r.revision == t.visitor.Revision() {
		if r.unsaved && now < r.storeRetryAt || !r.unsaved && r.text != "" && !isMinted(r.text) {
			return
		}
	}
	r.revision = t.visitor.Revision()
	record := t.visitor.Record().AppendJSON(make([]byte, 0, len(r.text)+256))
	if string(appendSaveCount(record, r.saves)) == r.text {
		return
	}
	if r.mergeUntil <= now {
		if base := t.parseRecord(r.text); base.Known() {
			r.base = base
		}
	}
	r.saves++
	text := jsontext.Text(appendSaveCount(record, r.saves))
	t.mirrorRecord(text)
	if err := r.verifier.Set(t.ports, r.key, text); err != nil {
		// What storage has stays what our changes are changes of, or they would look undone when it is read again.
		r.unsaved = true
		r.storeRetryAt = now + mergeWindowMS
		reporter{t}.StorageFailed(err)
		return
	}
	r.unsaved = false
	r.mergeUntil = now + mergeWindowMS
	r.text = text
	if r.durableAt == 0 {
		r.durableAt = now + durableMS
	}
}

// withSaves adds to a record how often it was saved: of its two copies, in localStorage and in IndexedDB, the one saved more often is
// the newer one.
func appendSaveCount(record []byte, saves int64) []byte {
	b := append(record[:len(record)-1], saveCountMark...)
	return append(jsontext.AppendInt(b, saves), '}')
}

const saveCountMark = `,"saves":`

// savesOf returns how often a record was saved, 0 where it does not say so.
func saveCount(text string) (saves int64) {
	_ = jsontext.Object(text, func(name, raw string) bool {
		if n, ok := jsontext.ParseInt(raw); ok && name == "saves" {
			saves = n
		}
		return true
	})
	return saves
}

// minted reports whether a record is as the shim minted it for a visitor whom it did not know (js/src/record.ts). Several tabs that open
// at once mint several: whose it is to be, IndexedDB settles.
func isMinted(text string) bool {
	return endsWith(text, `,"minted":1}`)
}

func (t *Tracker) parseRecord(text string) identity.Record {
	if text == "" {
		return identity.Record{}
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
