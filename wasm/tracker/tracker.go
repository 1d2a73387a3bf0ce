// Package tracker is one project's tracker in the page. It connects the visitor (package identity) with the outboxes and the
// configuration, and keeps the visitor's record in step with other tabs. The rules of identity are not here, nor is any access to the
// browser: that goes through Ports, so that the whole package runs natively in tests. It has no clock and no goroutine. Read tracker.go
// first, then call.go, delivery.go and shared_record.go.
package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// Ports is what a tracker needs of the browser. Package browser implements it.
type Ports interface {
	outbox.Ports // those of the outbox of events
	Cookies
	// For returns the ports of the outbox of an endpoint. Each has a timer, a lock and requests of its own.
	For(endpoint identity.Endpoint) outbox.Ports
	// Warn passes a warning, as JSON text, to the page.
	Warn(warning string)
	// Flushed reports the outcome of the flush with this ticket.
	Flushed(ticket uint32, done bool)
}

// Tracker is one visitor of one project, and the messages that wait to be sent.
type Tracker struct {
	facts   *Facts
	config  *Config
	ports   Ports
	visitor *identity.Visitor // as stored

	// unstored is the visitor that this page had when they opted out and what was stored of them was cleared. The page goes on with them. nil if
	// that is the stored visitor.
	unstored *identity.Visitor
	past     pastVisitor
	delivery

	record       sharedRecord
	shared       sharedCookie
	mixpanel     mixpanelRecord
	memory       *memory
	page         *Page
	pageRevision uint64 // the revision of the page whose properties the visitor has
	inTask       bool   // the record was read from storage in this task
	now          int64  // the time of the entry point that runs

	requestOptions requestOptions // of the current call: mixpanel.go
	isLanded       bool           // applyLanding was called on this page
	hasAlone       bool           // the current call has made a message that goes alone

	storageWarning identity.Code
}

// Open starts a tracker. Its record is the one in localStorage, the copy in IndexedDB, the one that mixpanel-browser left, or that of a
// new visitor. The facts become the tracker's own. now is in milliseconds since 1970, as everywhere in this package.
func Open(facts *Facts, page *Page, ports Ports, now int64) *Tracker {
	memory := &memory{}
	ports = pagePorts{storedPorts{ports, memory}, ports}
	t := &Tracker{facts: facts, config: Defaults(), page: page, ports: ports, memory: memory, now: now}
	warnings := t.config.setOptions(facts.Config)
	for endpoint := range &t.outboxes {
		config := t.outboxConfig(identity.Endpoint(endpoint))
		t.outboxes[endpoint] = outbox.New(config, ports.For(identity.Endpoint(endpoint)), reporter{t, identity.Endpoint(endpoint)})
	}
	t.visitor = t.newVisitor(t.loadRecord())
	if facts.Token == "" {
		warnings = append(warnings, identity.NewWarning(identity.BadToken, "an empty text"))
	}
	t.warn(warnings)
	t.readSharedCookie(now)
	t.openMixpanelRecord(now)
	if t.config.DisablePersistence {
		t.moveTexts(true)
	}
	if t.visitor.OptedOut() {
		t.clearOutboxes(now)
	}
	t.commit(now)
	ports.Recall(t.outboxConfig(identity.EventsEndpoint).Prefix) // After a crash of the browser, only IndexedDB may have what waited.
	t.startHandedOver(facts.HandedOver)
	return t
}

// Reopen is called when the page opens the same tracker again, with other configuration or with calls that an earlier page handed over.
func (t *Tracker) Reopen(facts *Facts) {
	t.Configure(facts.Config)
	t.startHandedOver(facts.HandedOver)
}

// IsSame reports whether opening a tracker with these facts means this tracker.
func (t *Tracker) IsSame(facts *Facts) bool {
	config := Defaults()
	config.setOptions(facts.Config)
	return facts.Token == t.facts.Token && facts.PersistenceName == t.facts.PersistenceName && config.APIHost == t.config.APIHost
}

// Configure changes options. text is a JSON object, as the page passed it to set_config.
func (t *Tracker) Configure(text string) {
	before := t.config.PersistenceConfig
	warnings := t.config.setOptions(text)
	t.applyPersistence(&before)
	for _, v := range [...]*identity.Visitor{t.visitor, t.unstored, t.past.visitor} {
		if v != nil {
			v.Configure(t.visitorConfig())
		}
	}
	for endpoint, o := range &t.outboxes {
		o.Configure(t.outboxSettings(identity.Endpoint(endpoint)))
	}
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
	for _, o := range &t.outboxes {
		o.Commit(now)
	}
}

// Leave is called when the page may be about to end. It commits, and sends what waits in requests that outlive the page.
func (t *Tracker) Leave(now int64) {
	t.inTask = true // So that refresh does not wait for other tabs: there may be no later moment.
	t.refresh(now)
	t.commit(now)
	t.markDurable(now, true)
	for _, o := range &t.outboxes {
		o.Leave(now)
	}
}

// Resume is called when the page goes on after Leave, or when the network is back.
func (t *Tracker) Resume(now int64) {
	t.readSharedCookie(now)
	t.StorageChanged(now)
	for _, o := range &t.outboxes {
		o.Resume(now)
	}
}

// StorageChanged is called when another tab wrote to storage.
func (t *Tracker) StorageChanged(now int64) {
	t.refresh(now)
	t.commit(now)
	for _, o := range &t.outboxes {
		o.StorageChanged(now)
	}
}

func (t *Tracker) newVisitor(record *identity.Record) *identity.Visitor {
	return identity.NewVisitor(t.visitorConfig(), record)
}

func (t *Tracker) visitorConfig() identity.Config {
	eventNames, plan := t.config.EventNames, identity.Properties{}
	if t.config.Debug || t.config.InTests { // Visitors of the site do not pay for it.
		plan = t.config.Plan
		eventNames = append(plan.Names(), eventNames...)
	}
	return identity.Config{
		Token: t.facts.Token, PageID: t.facts.PageID, ConsentElsewhere: t.config.Mixpanel,
		Debug: t.config.Debug, EventNames: eventNames, Plan: plan, Blocklist: append(t.config.Blocklist[:len(t.config.Blocklist):len(t.config.Blocklist)], t.config.OldBlocklist...),
	}
}
