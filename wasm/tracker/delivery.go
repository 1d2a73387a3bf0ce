package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// delivery is a tracker's outboxes, one for each endpoint of the collector. So each delivers in its order, and an endpoint that fails does not
// hold up the others.
type delivery struct {
	outboxes [identity.EndpointCount]*outbox.Outbox
	quota    outbox.KeepaliveQuota
	recalled bool // the copies that Open asked for have come
}

// endpoints has, for each endpoint, its path, its names in Mixpanel's options api_hosts and api_routes, what is added to the outbox's prefix of keys and to the name of its lock, what is added to api_host
// in warnings, because this endpoint alone may be missing, and what a message is called there. No key of another project or persistence_name is
// taken for one with the mark: after its namespace comes an underscore, and a time follows here.
var endpoints = [identity.EndpointCount]struct{ path, hostName, routeName, mark, shown, message string }{
	{"/track/", "events", "track", "", "", "an event"},
	{"/engage/", "people", "engage", ".e", "/engage/", "a profile update"},
	{"/groups/", "groups", "groups", ".g", "/groups/", "a profile update"},
	{"/engage/", "people", "engage", ".d", "/engage/", "the deletion of a profile"},
}

// updateLimits are the limits on updates of profiles that wait, for each of their endpoints.
var updateLimits = outbox.Limits{Messages: 1_000, Bytes: 1_000_000, StoredChars: 300_000}

// outboxSettings returns the settings of an outbox that may change later.
func (t *Tracker) outboxSettings(endpoint identity.Endpoint) *outbox.Config {
	return &outbox.Config{URL: t.config.url(endpoint), Paused: t.config.Paused, BatchSize: t.config.BatchSize, FlushMS: t.config.FlushMS}
}

func (t *Tracker) outboxConfig(endpoint identity.Endpoint) *outbox.Config {
	e := &endpoints[endpoint]
	namespace := storageNamespace(t.facts.Token, t.facts.PersistenceName)
	config := t.outboxSettings(endpoint)
	config.Prefix, config.LockName, config.Quota = outboxPrefix+namespace+"_"+e.mark, lockPrefix+namespace+e.mark, &t.quota
	if endpoint != identity.EventsEndpoint {
		config.Limits, config.Neutral = updateLimits, identity.NeutralUpdate
	}
	return config
}

// Answered is called with the answer to a request that an endpoint's ports sent.
func (t *Tracker) Answered(endpoint identity.Endpoint, request uint32, answer outbox.Answer, now int64) {
	t.enter(now)
	t.outboxes[endpoint].Answered(now, request, answer)
	t.outboxes[identity.EventsEndpoint].Commit(now) // The event that reports dropped updates.
	t.saveRecord(now)
}

// Locked is called when the lock that an endpoint's ports asked for is held.
func (t *Tracker) Locked(endpoint identity.Endpoint, now int64) {
	t.enter(now)
	t.outboxes[endpoint].Locked(now)
	t.saveRecord(now)
}

// Wake is called when the delay that an endpoint's ports asked for is over.
func (t *Tracker) Wake(endpoint identity.Endpoint, now int64) {
	t.enter(now)
	t.outboxes[endpoint].Wake(now)
	t.saveRecord(now)
}

// enter reads the record before an outbox may send. The visitor may have opted out, in another tab or in another tracker of this page.
func (t *Tracker) enter(now int64) {
	t.now = now
	t.refresh(now)
	t.applyConsent(now)
}

// Adopt is called with the copies that an endpoint's ports asked for: a JSON array of pairs of key and text. Those that Open asked for are of
// all endpoints.
func (t *Tracker) Adopt(endpoint identity.Endpoint, copies string, now int64) {
	entries := parseEntries(copies)
	if t.memory.isUsed {
		for _, entry := range entries {
			t.ports.Drop([]string{entry.Key})
		}
	}
	for e, o := range &t.outboxes {
		if !t.recalled || identity.Endpoint(e) == endpoint {
			o.Adopt(now, entries)
		}
	}
	t.recalled = true
}

// Flush sends what waits now, of one endpoint after the other. Ports.Flushed is called with the ticket and the outcome.
func (t *Tracker) Flush(ticket uint32, now int64) {
	t.commit(now)
	t.outboxes[identity.EventsEndpoint].Flush(now, ticket)
}

// dropped returns how many messages of this visitor were ever dropped in this browser.
func (t *Tracker) dropped() (all outbox.Drops) {
	for _, o := range &t.outboxes {
		all.Add(o.Dropped())
	}
	return all
}
