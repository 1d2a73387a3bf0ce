package identity

// Record is what one browser remembers of its visitor, in localStorage.
type Record struct {
	DistinctID string
	DeviceID   string
	UserID     string // "" until somebody is identified, or an alias is

	Alias         string // the alias this device made, "" for none
	AliasState    AliasState
	AliasInsertID string // insert id of the message that made it
	AliasTimeMS   int64  // and its time; 0 while it was never sent

	IdentifyAnonID   string // what the last $identify said the distinct_id was before
	IdentifyInsertID string // its insert id
	IdentifyTimeMS   int64  // and its time; 0 while it was never sent

	// Held names, by insert id, the messages that OptIn has to send: those of calls made while opted out, and those that OptOut deleted. The
	// value is true, or for an alias of another distinct_id than this visitor's an array of the two.
	Held Properties

	Epoch             int64 // grows with each reset
	IdentityChangedMS int64 // when distinct_id, user id or alias last changed, milliseconds since 1970

	Super  Properties // super properties
	Timers Properties // event name to the milliseconds since 1970 at which its clock started

	InitialReferrer        string // of the visitor's first page; "" until one is known
	InitialReferringDomain string

	OptedOut     bool
	OptChangedMS int64 // when the visitor last opted out or in

	ResetStreak    int64  // page loads in a row that called reset with nobody logged in between
	LastResetPage  string // the last of them
	PageAfterReset string // the page load that followed it, which may call reset yet
}

// AliasState is how far an alias has come.
type AliasState string

// States of an alias: there is none, it is not known to have arrived, the collector has it.
const (
	AliasNone         AliasState = ""
	AliasSent         AliasState = "sent"
	AliasAcknowledged AliasState = "acknowledged"
)

// NewRecord returns the record of a new, anonymous visitor.
func NewRecord(deviceID string) Record {
	return Record{DistinctID: DevicePrefix + deviceID, DeviceID: deviceID}
}

// clone returns a record that does not change with r: a record that changes under whoever merges it loses properties.
func (r Record) clone() Record {
	r.Super, r.Timers, r.Held = r.Super.Clone(), r.Timers.Clone(), r.Held.Clone()
	return r
}

// Known reports whether the record names a visitor.
func (r Record) HasDistinctID() bool { return r.DistinctID != "" }

// switched reports whether identify gave this device another distinct_id than its visitor began with.
func (r Record) hasSwitched() bool { return r.UserID != "" && r.DistinctID == r.UserID }

// anonymous returns the distinct_id that this device's visitor began with, as far as it is known.
func (r Record) anonymousID() string {
	if r.DeviceID == "" {
		return "its earlier distinct_id"
	}
	return DevicePrefix + r.DeviceID
}
