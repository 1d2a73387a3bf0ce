package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// reporter hears what became of the tracker's messages, and turns it into warnings and changes of the visitor.
type reporter struct{ *Tracker }

// Acknowledged notes that an alias arrived.
func (t reporter) Acknowledged(insertID string) { t.visitor.AliasAcknowledged(insertID) }

// AliasTaken lets the visitor go on as the alias's owner.
func (t reporter) AliasTaken(_, alias, owner string) {
	t.accept(t.visitor.AliasTaken(identity.Stamp{TimeMS: t.now}, alias, owner))
}

// Rejected warns of a message that the collector refused.
func (t reporter) Rejected(_, reason string) { t.warnOf(identity.EventRejected, reason) }

// Full warns that newer messages are refused.
func (t reporter) Full(waiting int) {
	t.warnOf(identity.OutboxFull, string(jsontext.AppendInt(nil, int64(waiting))))
}

// StorageFailed warns that messages wait in memory only.
func (t reporter) StorageFailed(err error) {
	code := identity.StorageUnavailable
	if err == outbox.ErrFull {
		code = identity.StorageFull
	}
	if t.reportedStorageCode != code { // The record fails as the outbox does.
		t.reportedStorageCode = code
		t.warnOf(code)
	}
}

// Misanswered warns that whoever answers at api_host is no collector.
func (t reporter) Misanswered(status int, body string) {
	t.warnOf(identity.CollectorMisanswered, t.config.APIHost, string(jsontext.AppendInt(nil, int64(status))), body)
}

// Unreachable warns that no request is answered.
func (t reporter) Unreachable(reason string) {
	t.warnOf(identity.CollectorUnreachable, t.config.APIHost, reason)
}

// Undelivered tells the collector what was dropped, so that Live View shows it.
func (t reporter) Undelivered(drops outbox.Drops) {
	t.accept(t.visitor.Note(identity.Stamp{TimeMS: t.now, InsertID: t.insertID()}, "$dropped", string(drops.AppendJSON(nil))))
}

// Flushed passes the outcome of a flush on.
func (t reporter) Flushed(ticket uint32, done bool) { t.ports.Flushed(ticket, done) }

func (t *Tracker) warnOf(code identity.Code, args ...string) {
	t.warn([]identity.Warning{identity.NewWarning(code, args...)})
}

// insertID mints one for a message of the tracker's own.
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
