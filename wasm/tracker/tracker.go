// Package tracker is one project's tracker in the page. It connects the visitor (package identity) with the outbox and the
// configuration, and keeps the visitor's record in step with other tabs. The rules of identity are not here, nor is any access to the
// browser: that goes through Ports, so that the whole package runs natively in tests. It has no clock and no goroutine. Read tracker.go
// first, then call.go and shared_record.go.
package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// Ports is what a tracker needs of the browser. Package browser implements it.
type Ports interface {
	outbox.Ports
	// Warn passes a warning, as JSON text, to the page.
	Warn(warning string)
	// Flushed reports the outcome of the flush with this ticket.
	Flushed(ticket uint32, done bool)
}

// Tracker is one visitor of one project, and the messages that wait to be sent.
type Tracker struct {
	facts   Facts
	config  Config
	ports   Ports
	visitor *identity.Visitor
	past    pastVisitor
	outbox  *outbox.Outbox

	record       sharedRecord
	page         *Page
	pageRevision uint64 // the revision of the page whose properties the visitor has
	inTask       bool   // the record was read from storage in this task
	now          int64  // the time of the entry point that runs

	storageWarning identity.Code
}

// Open starts a tracker. Its record is the one in localStorage, the copy in IndexedDB, the one that mixpanel-browser left, or that of a
// new visitor. now is in milliseconds since 1970, as everywhere in this package.
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
	ports.Recall(t.outboxConfig().Prefix) // After a crash of the browser, only IndexedDB may have what waited.
	t.startHandedOver(facts.HandedOver)
	return t
}

// Reopen is called when the page opens the same tracker again, with other configuration or with calls that an earlier page handed over.
func (t *Tracker) Reopen(facts Facts) {
	t.Configure(facts.Config)
	t.startHandedOver(facts.HandedOver)
}

// IsSame reports whether opening a tracker with these facts means this tracker.
func (t *Tracker) IsSame(facts Facts) bool {
	config, _ := Defaults().withOptions(facts.Config)
	return facts.Token == t.facts.Token && facts.PersistenceName == t.facts.PersistenceName && config.APIHost == t.config.APIHost
}

// Configure changes options. text is a JSON object, as the page passed it to set_config.
func (t *Tracker) Configure(text string) {
	config, warnings := t.config.withOptions(text)
	t.config = config
	t.visitor.Configure(t.visitorConfig())
	if t.past.visitor != nil {
		t.past.visitor.Configure(t.visitorConfig())
	}
	t.outbox.Configure(t.outboxConfig())
	t.pageRevision = 0
	t.warn(warnings)
}

// Commit ends a task: the record, if it changed, and the messages of the task are stored.
func (t *Tracker) Commit(now int64) {
	t.mergePast()
	t.commit(now)
}

func (t *Tracker) commit(now int64) {
	t.now = now
	if t.record.revision != t.visitor.Revision() {
		t.refresh(now) // The page may have emptied storage in this task. Then the old visitor must not be stored again.
	}
	t.inTask = false
	t.applyConsent(now)
	t.saveRecord(now)
	t.markDurable(now, false)
	t.outbox.Commit(now)
}

// Flush sends what waits now. Ports.Flushed is called with the ticket and the outcome.
func (t *Tracker) Flush(ticket uint32, now int64) {
	t.commit(now)
	t.outbox.Flush(now, ticket)
}

// Leave is called when the page may be about to end. It commits, and sends what waits in requests that outlive the page.
func (t *Tracker) Leave(now int64) {
	t.inTask = true // So that refresh does not wait for other tabs: there may be no later moment.
	t.refresh(now)
	t.commit(now)
	t.markDurable(now, true)
	t.outbox.Leave(now)
}

// Resume is called when the page goes on after Leave, or when the network is back.
func (t *Tracker) Resume(now int64) {
	t.StorageChanged(now)
	t.outbox.Resume(now)
}

// StorageChanged is called when another tab wrote to storage.
func (t *Tracker) StorageChanged(now int64) {
	t.refresh(now)
	t.commit(now)
	t.outbox.StorageChanged(now)
}

// Answered is called with the answer to a request of Ports.Send.
func (t *Tracker) Answered(request uint32, answer outbox.Answer, now int64) {
	t.now = now
	t.refresh(now)
	t.applyConsent(now)
	t.outbox.Answered(now, request, answer)
	t.saveRecord(now)
}

// Locked is called when the lock that Ports.Acquire asked for is held.
func (t *Tracker) Locked(now int64) {
	t.refresh(now) // The visitor may have opted out meanwhile, in another tab or in another tracker of this page.
	t.applyConsent(now)
	t.outbox.Locked(now)
	t.saveRecord(now)
}

// Wake is called when the delay of Ports.WakeAfter is over.
func (t *Tracker) Wake(now int64) {
	t.refresh(now)
	t.applyConsent(now)
	t.outbox.Wake(now)
	t.saveRecord(now)
}

// Adopt is called with the copies that Ports.Recall asked for: a JSON array of pairs of key and text.
func (t *Tracker) Adopt(copies string, now int64) { t.outbox.Adopt(now, parseEntries(copies)) }

func (t *Tracker) visitorConfig() identity.Config {
	return identity.Config{
		Token: t.facts.Token, PageID: t.facts.PageID,
		Debug: t.config.Debug, EventNames: t.config.EventNames, Blocklist: append(t.config.Blocklist[:len(t.config.Blocklist):len(t.config.Blocklist)], t.config.OldBlocklist...),
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
