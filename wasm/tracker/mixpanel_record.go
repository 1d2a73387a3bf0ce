package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// mixpanelRecord is the visitor's record in mixpanel-browser's own form and place, which the entry throughline/mixpanel keeps in step, so that a
// site can go back to that library, and a tab that still runs it has the same visitor.
type mixpanelRecord struct {
	text     string // as last read or written
	revision uint64 // of the visitor when it was written
	days     int64  // how long its cookie is kept
	written  bool   // the browser keeps it
	inCookie bool
	declined bool // it is removed, because the visitor has opted out
	isKept   bool // it is not, because this page opted out with clear_persistence: false
	// missingSince is when the record was first found missing; 0 while it is there. As with this library's own (shared_record.go), another tab
	// may have removed it for a reason that this one is about to learn.
	missingSince int64
}

// mixpanelMark is the member of a stored record which says that mixpanel-browser's record was written too. js/src/record.ts looks for it.
const mixpanelMark = `,"mp":true`

// mixpanelName returns the name of mixpanel-browser's record. js/src/record.ts has the same rule.
func (t *Tracker) mixpanelName() string {
	switch {
	case t.facts.PersistenceName != "":
		return "mp_" + t.facts.PersistenceName
	case t.config.CookieName != "":
		return "mp_" + t.config.CookieName
	}
	return "mp_" + t.facts.Token + "_mixpanel"
}

func (t *Tracker) keepsMixpanelRecord() bool {
	return t.config.Mixpanel && !t.config.DisablePersistence && !t.mixpanel.declined
}

func (t *Tracker) readMixpanelText(inCookie bool) string {
	if inCookie {
		return t.ports.Cookie(t.mixpanelName())
	}
	text, _ := t.ports.Get(t.mixpanelName())
	return text
}

func (t *Tracker) removeMixpanelRecord(inCookie bool) {
	if inCookie {
		t.removeCookie(t.mixpanelName())
	} else {
		t.ports.Remove(t.mixpanelName())
	}
}

// removeCookie removes a cookie of mixpanel-browser, which may be one of this host alone.
func (t *Tracker) removeCookie(name string) {
	for _, domain := range [...]string{mixpanelDomain, ""} {
		t.ports.SetCookie(t.config.cookie(name, domain, "", 0))
	}
}

// openMixpanelRecord adopts what mixpanel-browser has changed since this library last wrote its record. It moves a record from the other of the
// two places, and takes over an old one that the option upgrade names, as that library does.
func (t *Tracker) openMixpanelRecord(now int64) {
	m := &t.mixpanel
	m.days, m.inCookie = t.config.CookieDays, !t.config.LocalPersistence
	t.declineMixpanelRecord()
	if !t.keepsMixpanelRecord() {
		return
	}
	text := t.readMixpanelText(m.inCookie)
	if other := t.readMixpanelText(!m.inCookie); other != "" {
		text = withMissing(text, other)
		t.removeMixpanelRecord(!m.inCookie)
	}
	before := t.visitor.MixpanelJSON(t.maxMixpanelBytes())
	if t.record.text != "" && !hasMember(t.record.text, "mp") {
		before = text // The record is from this library's other entry, which does not write mixpanel-browser's.
	}
	t.adoptMixpanelText(before, text, now)
	m.text = "" // So that it is written, and it turns out whether the browser keeps it.
	if t.config.Upgrade != "" {
		t.takeOldRecord(t.config.Upgrade)
	}
}

// takeOldRecord removes the record of an old version of mixpanel-browser, and registers its super properties.
func (t *Tracker) takeOldRecord(name string) {
	old, _ := t.ports.Get(name)
	if old == "" {
		old = t.ports.Cookie(name)
	}
	_ = jsontext.Object(old, func(member, raw string) bool {
		if member == "all" || member == "events" {
			t.accept(t.visitor.RegisterOnce(identity.Call{}, identity.Value(raw), ""))
		}
		return true
	})
	t.ports.Remove(name)
	t.removeCookie(name)
}

// withMissing returns the members of text, and those of other that it does not have.
func withMissing(text, other string) string {
	all, _ := identity.ParseProperties(text)
	_ = jsontext.Object(other, func(name, raw string) bool {
		if _, ok := all.Get(name); !ok {
			all.Set(name, raw)
		}
		return true
	})
	return string(all.AppendJSON(nil))
}

// refreshMixpanelRecord adopts what mixpanel-browser has changed in another tab. If the page has removed the record, a new visitor begins, as
// with that library.
func (t *Tracker) refreshMixpanelRecord(now int64) {
	m := &t.mixpanel
	if !t.keepsMixpanelRecord() || !m.written {
		return
	}
	text := t.readMixpanelText(m.inCookie)
	if text == "" && t.isFlagOut() {
		return // The visitor has opted out in another tab, whose library has removed the record.
	}
	switch {
	case text == m.text:
		m.missingSince = 0
	case text == "" && m.missingSince == 0 && !t.inTask:
		m.missingSince = now
	case text == "" && now-m.missingSince < newVisitorDelayMS && !t.inTask:
	case text == "":
		m.written, m.text, m.missingSince = false, "", 0
		t.visitor.Reset(identity.Call{TimeMS: now}, t.newDeviceID())
		t.pageRevision = 0
	default:
		m.missingSince = 0
		t.adoptMixpanelText(m.text, text, now)
	}
}

func (t *Tracker) adoptMixpanelText(before, text string, now int64) {
	t.mixpanel.text = text
	record := t.visitor.Record()
	if record.MergeMixpanelRecord(before, text, now) {
		t.adoptRecord(record, now)
		t.pageRevision = 0
	}
}

// saysTheSame reports whether two records of mixpanel-browser have the same members, in any order, apart from empty queues of updates, which only
// that library writes.
func saysTheSame(ours, theirs string) bool {
	left, _ := identity.ParseProperties(theirs)
	isSame := true
	_ = jsontext.Object(ours, func(name, raw string) bool {
		other, _ := left.Get(name)
		isSame = isSame && other == raw
		left.Delete(name)
		return isSame
	})
	left.Each(func(_, raw string) bool {
		isSame = isSame && (raw == "{}" || raw == "[]")
		return isSame
	})
	return isSame
}

// maxMixpanelBytes is the limit on the record in a cookie, or 0 in localStorage.
func (t *Tracker) maxMixpanelBytes() int {
	if !t.mixpanel.inCookie {
		return 0
	}
	return maxCookieBytes - len(t.mixpanelName())
}

// saveMixpanelRecord writes the record if anything in it has changed. It comes before this library's own record is saved, which then says so.
func (t *Tracker) saveMixpanelRecord() {
	m := &t.mixpanel
	t.declineMixpanelRecord()
	if !t.keepsMixpanelRecord() || m.missingSince != 0 || m.text != "" && m.revision == t.visitor.Revision() {
		return
	}
	m.revision = t.visitor.Revision()
	text := t.visitor.MixpanelJSON(t.maxMixpanelBytes())
	if m.written && saysTheSame(text, m.text) { // Written back in other words, it could undo what the other tab changes meanwhile.
		return
	}
	if !m.inCookie && t.ports.Set(t.mixpanelName(), text) != outbox.OK {
		m.inCookie = true // That library falls back to a cookie too.
		text = t.visitor.MixpanelJSON(t.maxMixpanelBytes())
	}
	m.written = true
	if m.inCookie {
		domain := ""
		if t.config.CrossSubdomainCookie {
			domain = mixpanelDomain
		}
		m.written = t.ports.SetCookie(t.config.cookie(t.mixpanelName(), domain, text, m.days))
	}
	m.text = text
}

// declineMixpanelRecord removes mixpanel-browser's record while a visitor has opted out, as that library does. An opt-out that the site presumes
// until it has asked is none.
func (t *Tracker) declineMixpanelRecord() {
	declined := !t.mixpanel.isKept && (t.visitor.OptedOut() || t.isFlagOut())
	if !t.config.Mixpanel || t.mixpanel.declined == declined {
		return
	}
	t.mixpanel = mixpanelRecord{days: t.mixpanel.days, inCookie: t.mixpanel.inCookie, declined: declined, isKept: t.mixpanel.isKept}
	if declined {
		t.removeMixpanelRecord(t.mixpanel.inCookie)
	}
}
