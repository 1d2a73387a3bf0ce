package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// reporter implements outbox.Reporter for the outbox of one endpoint: it turns what became of messages into warnings and changes of the visitor.
type reporter struct {
	*Tracker
	endpoint identity.Endpoint
}

// Acknowledged records that an alias was delivered.
func (t reporter) Acknowledged(insertID string) { t.visitor.AcknowledgeAlias(insertID, t.now) }

// AliasTaken makes the visitor continue under the alias that it could not have.
func (t reporter) AliasTaken(alias, distinctID string) {
	t.accept(t.visitor.HandleTakenAlias(identity.Call{TimeMS: t.now}, alias, distinctID))
}

// Rejected warns of a message that was given up.
func (t reporter) Rejected(_, reason string) {
	t.warnOf(identity.EventRejected, endpoints[t.endpoint].message, reason)
}

// Full warns that newer messages are refused.
func (t reporter) Full(waiting int) {
	t.warnOf(identity.OutboxFull, string(jsontext.AppendInt(nil, int64(waiting))), endpoints[t.endpoint].path)
}

// StorageFailed warns that messages wait in memory only.
func (t reporter) StorageFailed(why outbox.StorageStatus) { t.storageFailed(why) }

func (t *Tracker) storageFailed(why outbox.StorageStatus) {
	code := identity.StorageUnavailable
	if why == outbox.Full {
		code = identity.StorageFull
	}
	if t.storageWarning != code { // Storing the record may have failed, and warned, before.
		t.storageWarning = code
		t.warnOf(code)
	}
}

// Misanswered warns that the server at api_host is not a collector.
func (t reporter) Misanswered(status int, body string) {
	if body == "" {
		body = "with an empty body"
	}
	t.warnOf(identity.CollectorMisanswered, t.config.APIHost+endpoints[t.endpoint].shown, string(jsontext.AppendInt(nil, int64(status))), body)
}

// Unreachable warns that no request is answered.
func (t reporter) Unreachable(reason string) {
	t.warnOf(identity.CollectorUnreachable, t.config.APIHost+endpoints[t.endpoint].shown, reason)
}

// Undelivered sends an event with the counts of dropped messages, so that Live View shows them.
func (t reporter) Undelivered(drops outbox.Drops) {
	t.accept(t.visitor.TrackInternal(identity.Call{TimeMS: t.now, InsertID: t.insertID()}, "$dropped", string(drops.AppendJSON(nil))))
}

// Flushed flushes the next endpoint's outbox, or passes the outcome to the page.
func (t reporter) Flushed(ticket uint32, done bool) {
	if next := t.endpoint + 1; done && next < identity.EndpointCount {
		t.outboxes[next].Flush(t.now, ticket)
	} else {
		t.ports.Flushed(ticket, done)
	}
}

func (t *Tracker) warnOf(code identity.Code, args ...string) {
	t.warn([]identity.Warning{identity.NewWarning(code, args...)})
}

// insertID returns a new insert id for a message of the tracker's own.
func (t *Tracker) insertID() string {
	var random [16]byte
	t.ports.Random(random[:])
	return identity.NewDeviceID(random)
}

func parseEntries(copies string) []outbox.Entry {
	var all []outbox.Entry
	_ = jsontext.Array(copies, func(pair string) bool {
		key, text := firstTwoArguments(pair)
		k, _ := jsontext.Unquote(key)
		s, _ := jsontext.Unquote(text)
		all = append(all, outbox.Entry{Key: k, Text: s})
		return true
	})
	return all
}
