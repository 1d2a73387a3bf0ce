package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// settleMS is how long another tab may overwrite a record before it has seen ours: localStorage is not in step between the
// processes of two tabs. Until then our own changes are merged into whatever we find.
const settleMS = 5000

// sharedRecord is what the tracker knows of the stored record, which other tabs, and other scripts on this page, write too.
type sharedRecord struct {
	key       string
	text      string          // as storage has it: last read or written
	base      identity.Record // what our changes are changes of
	settledAt int64           // from then on text is the base
	revision  uint64          // of the visitor, when it was last written, or storage refused it
	saves     int64           // how often the record was saved, as far as this page knows
	unsaved   bool            // storage does not have what the visitor is
	retryAt   int64           // when it is offered to storage again
}

// loadRecord returns the record to start with.
func (t *Tracker) loadRecord() identity.Record {
	r := &t.record
	r.key = recordPrefix + spaceOf(t.facts.Token, t.facts.PersistenceName)
	r.text, _ = t.ports.Get(r.key)
	record := t.parse(r.text)
	mirrored := t.facts.Mirrored
	r.saves = max(savesOf(r.text), savesOf(mirrored))
	switch {
	case mirrored != "" && (!record.Known() || minted(r.text)): // Else another new tab has settled, and saved more than the id.
		record = t.parse(mirrored)
	case record.Known() && savesOf(mirrored) > savesOf(r.text):
		// The browser was killed: what localStorage has is up to a minute old.
		r.base = record
		r.settledAt = t.now + settleMS
		r.unsaved = true
		return t.parse(mirrored)
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
		r.text, r.unsaved, r.retryAt = "", true, 0
		t.outbox.Emptied(now)
	}
	if !ok || text == r.text {
		return
	}
	theirs := t.parse(text)
	r.text = text
	if !theirs.Known() || minted(text) {
		r.unsaved, r.retryAt = true, 0
		return // Damaged beyond rescue, or another new tab's, which will settle on ours: the next commit writes ours over it.
	}
	mine := t.visitor.Record()
	if r.settledAt <= now && !r.unsaved && r.revision == t.visitor.Revision() {
		r.base = mine
	}
	r.saves = max(r.saves, savesOf(text))
	t.adopt(identity.MergeRecords(r.base, mine, theirs), now)
}

// saveRecord writes the record if it says anything new.
func (t *Tracker) saveRecord(now int64) {
	r := &t.record
	if r.revision == t.visitor.Revision() {
		if r.unsaved && now < r.retryAt || !r.unsaved && r.text != "" && !minted(r.text) {
			return
		}
	}
	r.revision = t.visitor.Revision()
	record := t.visitor.Record().AppendJSON(make([]byte, 0, len(r.text)+256))
	if string(withSaves(record, r.saves)) == r.text {
		return
	}
	if r.settledAt <= now {
		if base := t.parse(r.text); base.Known() {
			r.base = base
		}
	}
	r.saves++
	text := jsontext.Text(withSaves(record, r.saves))
	t.ports.Keep(r.key, text)
	if err := t.ports.Set(r.key, text); err != nil {
		// What storage has stays what our changes are changes of, or they would look undone when it is read again.
		r.unsaved = true
		r.retryAt = now + settleMS
		reporter{t}.StorageFailed(err)
		return
	}
	r.unsaved = false
	r.settledAt = now + settleMS
	r.text = text
}

// withSaves adds to a record how often it was saved: of its two copies, in localStorage and in IndexedDB, the one saved more often is
// the newer one.
func withSaves(record []byte, saves int64) []byte {
	b := append(record[:len(record)-1], savesMark...)
	return append(jsontext.AppendInt(b, saves), '}')
}

const savesMark = `,"saves":`

// savesOf returns how often a record was saved, 0 where it does not say so.
func savesOf(text string) (saves int64) {
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
func minted(text string) bool {
	const mark = `,"minted":1}`
	return len(text) > len(mark) && text[len(text)-len(mark):] == mark
}

func (t *Tracker) parse(text string) identity.Record {
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
