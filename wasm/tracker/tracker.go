// Package tracker is one project's tracker in the page: its visitor, its outbox and its configuration behind ports, so that all of
// it runs natively in tests. It is pure Go: no clock, no goroutine, no browser.
package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// Ports are the tracker's ways to the browser. wasm/browser has the real ones.
type Ports interface {
	outbox.Ports
	// Warn hands a warning to the page, as JSON text.
	Warn(warning string)
	// Flushed tells how the flush with this ticket ended.
	Flushed(ticket uint32, done bool)
}

// Tracker is one visitor of one project, and what waits to be sent of it.
type Tracker struct {
	facts   Facts
	config  Config
	ports   Ports
	visitor *identity.Visitor
	past    pastVisitor
	outbox  *outbox.Outbox

	record              sharedRecord
	page                *Page
	appliedPageRevision uint64 // the revision of the page whose properties the visitor has
	inTask              bool   // the record was read in this task
	now                 int64  // of the entry that runs

	reportedStorageCode identity.Code
}

// Open starts a tracker from what storage holds: its own record, one that IndexedDB kept, one of mixpanel-browser's, or a new
// visitor's.
func Open(facts Facts, page *Page, ports Ports, now int64) *Tracker {
	t := &Tracker{facts: facts, config: Defaults(), page: page, ports: ports, now: now}
	config, warnings := t.config.withOptions(facts.Config)
	t.config = config
	t.outbox = outbox.New(t.outboxConfig(), ports, reporter{t})
	t.visitor = identity.NewVisitor(t.visitorConfig(), t.loadRecord())
	if facts.Token == "" {
		warnings = append(warnings, identity.NewWarning(identity.BadToken, "an empty text"))
	}
	t.warn(warnings)
	if t.visitor.OptedOut() {
		t.clearOutbox(now)
	}
	t.commit(now)
	ports.Recall(t.outboxConfig().Prefix) // After a kill of the whole browser, IndexedDB alone has what waited.
	t.startHandedOver(facts.HandedOver)
	return t
}

// Reopen opens a tracker again, with the same facts but for the configuration and what was handed over.
func (t *Tracker) Reopen(facts Facts) {
	t.Configure(facts.Config)
	t.startHandedOver(facts.HandedOver)
}

// Same reports whether these facts mean this tracker: one page may name it twice.
func (t *Tracker) IsSame(facts Facts) bool {
	config, _ := Defaults().withOptions(facts.Config)
	return facts.Token == t.facts.Token && facts.PersistenceName == t.facts.PersistenceName && config.APIHost == t.config.APIHost
}

// Configure changes options: text is a JSON object.
func (t *Tracker) Configure(text string) {
	config, warnings := t.config.withOptions(text)
	t.config = config
	t.visitor.Configure(t.visitorConfig())
	if t.past.visitor != nil {
		t.past.visitor.Configure(t.visitorConfig())
	}
	t.outbox.Configure(t.outboxConfig())
	t.appliedPageRevision = 0
	t.warn(warnings)
}

// Commit ends a task: the record, if it changed, and the messages accepted in the task are stored.
func (t *Tracker) Commit(now int64) {
	t.mergePastVisitor()
	t.commit(now)
}

func (t *Tracker) commit(now int64) {
	t.now = now
	if t.record.revision != t.visitor.Revision() {
		t.refresh(now) // The page may have emptied storage in this task: its visitor is not stored again.
	}
	t.inTask = false
	t.applyConsent(now)
	t.saveRecord(now)
	t.markDurable(now, false)
	t.outbox.Commit(now)
}

// Flush sends what waits, now. Ports.Flushed tells the outcome.
func (t *Tracker) Flush(ticket uint32, now int64) {
	t.commit(now)
	t.outbox.Flush(now, ticket)
}

// Leave commits and hands over what it can: this may be the page's last moment.
func (t *Tracker) Leave(now int64) {
	t.inTask = true // There is no later moment.
	t.refresh(now)
	t.commit(now)
	t.markDurable(now, true)
	t.outbox.Leave(now)
}

// Back goes on after Leave, or when the network is there again.
func (t *Tracker) Resume(now int64) {
	t.StorageChanged(now)
	t.outbox.Resume(now)
}

// Changed takes over what another tab wrote to storage.
func (t *Tracker) StorageChanged(now int64) {
	t.refresh(now)
	t.commit(now)
	t.outbox.StorageChanged(now)
}

// Answered brings the answer to a request of Ports.Send.
func (t *Tracker) Answered(request uint32, answer outbox.Answer, now int64) {
	t.now = now
	t.refresh(now)
	t.applyConsent(now)
	t.outbox.Answered(now, request, answer)
	t.saveRecord(now)
}

// Locked tells that the lock of Ports.Acquire is held.
func (t *Tracker) Locked(now int64) {
	t.refresh(now) // Nothing is sent of a visitor who has opted out by now, in another tab or in another tracker of this page.
	t.applyConsent(now)
	t.outbox.Locked(now)
	t.saveRecord(now)
}

// Wake tells that the time of Ports.WakeAfter has come.
func (t *Tracker) Wake(now int64) {
	t.refresh(now)
	t.applyConsent(now)
	t.outbox.Wake(now)
	t.saveRecord(now)
}

// Adopt brings what Ports.Recall asked for: a JSON array of keys and texts in turn.
func (t *Tracker) Adopt(copies string, now int64) { t.outbox.Adopt(now, parseEntries(copies)) }

func (t *Tracker) visitorConfig() identity.Config {
	return identity.Config{
		Token: t.facts.Token, PageID: t.facts.PageID,
		Debug: t.config.Debug, EventNames: t.config.EventNames, Blocklist: t.config.Blocklist,
	}
}

func (t *Tracker) outboxConfig() outbox.Config {
	url := t.config.APIHost + "/track/?verbose=1&ip="
	if t.config.IP {
		url += "1"
	} else {
		url += "0"
	}
	return outbox.Config{
		URL: url, BatchSize: t.config.BatchSize, FlushMS: t.config.FlushMS,
		Prefix:   outboxPrefix + storageNamespace(t.facts.Token, t.facts.PersistenceName) + "_",
		LockName: lockPrefix + storageNamespace(t.facts.Token, t.facts.PersistenceName),
	}
}
