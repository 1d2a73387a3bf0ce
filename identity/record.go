package identity

// Record is what a browser stores about its visitor, in localStorage. record_json.go has its stored form, record_merge.go merges the
// records of two tabs. Times are milliseconds since 1970 by the browser's clock.
type Record struct {
	DistinctID string
	DeviceID   string
	UserID     string // "" until Identify, or HandleTakenAlias

	Alias         string // the alias that this device created, or ""
	AliasState    AliasState
	AliasInsertID string // of its `$create_alias`
	AliasTimeMS   int64  // of its `$create_alias`; 0 if that was never sent

	IdentifyAnonID   string // $anon_distinct_id of the last `$identify`: the distinct_id before it
	IdentifyInsertID string // of the last `$identify`
	IdentifyTimeMS   int64  // of the last `$identify`; 0 if that was never sent

	// Held has, by insert id, the messages that are held back until OptIn: those of calls while opted out, and those that OptOut deleted.
	// The value is true, or, for an alias of another distinct_id than the visitor's, an array of the alias and that distinct_id.
	Held Properties

	Epoch             int64 // number of resets
	IdentityChangedMS int64 // when distinct_id, user id or alias last changed

	Super Properties // super properties
	// Removed has the names of super properties that Unregister has removed lately, and when. Without it another tab's record that lacks a
	// property could mean either that it was removed there, or that the other tab has not seen it yet.
	Removed Properties
	Timers  Properties // event names, and the times at which their timers were started

	// Waiting has, by the insert id of the call, the profile updates that wait until the visitor is identified (waiting.go).
	Waiting      Properties
	IdentifiedMS int64 // when Identify was called with the visitor's own distinct_id, so that updates of its profile do not wait; 0 if never

	InitialReferrer        string // URL that the visitor's first page was linked from, "" if unknown
	InitialReferringDomain string

	// OptedOut is not stored while OptChangedMS is 0: then it comes from elsewhere, such as the browser's Do Not Track.
	OptedOut     bool
	OptChangedMS int64 // when the visitor last opted out or in; 0 if never
	// UndecidedMS is when this record last ceased to say what the visitor decided, because that was cleared (ClearConsent), or is kept elsewhere
	// (Config.ConsentElsewhere). What a record says that was decided before is void. 0 if never.
	UndecidedMS int64

	// Line is the same in all records of a visitor, and of those before and after reset, that subdomains share by a cookie (record_shared.go).
	Line string
	// SuperCut is 1 if Super may lack properties that another subdomain has, because they do not fit in the cookie.
	SuperCut int64

	// History has a line for each of the last changes of identity: when, on which page, what, and the id (history.go). A subdomain keeps its own.
	History string

	ResetStreak    int64  // number of page loads in a row that called Reset without a login between them
	LastResetPage  string // Config.PageID of the last of them
	PageAfterReset string // Config.PageID of the page load after that, which has not called Reset yet
}

// AliasState is how far the alias of a Record has come.
type AliasState string

// Values of AliasState.
const (
	AliasNone         AliasState = ""             // there is no alias
	AliasSent         AliasState = "sent"         // it is not known whether the collector has it
	AliasAcknowledged AliasState = "acknowledged" // the collector has it
)

// NewRecord returns the record of a new, anonymous visitor. deviceID should come from NewDeviceID.
func NewRecord(deviceID string) *Record {
	return &Record{DistinctID: DevicePrefix + deviceID, DeviceID: deviceID}
}

// cloneFrom makes r an independent copy of other. If a stored record shared its properties with the visitor's, MergeRecords would find no changes.
//
//go:noinline
func (r *Record) cloneFrom(other *Record) {
	r.assign(other)
	r.Super, r.Removed, r.Timers = r.Super.Clone(), r.Removed.Clone(), r.Timers.Clone()
	r.Held, r.Waiting = r.Held.Clone(), r.Waiting.Clone()
}

// assign copies the fields of other, and shares its properties. It is the one place that copies a record, because a compiler makes of every such
// place code for each of the fields.
//
//go:noinline
func (r *Record) assign(other *Record) { *r = *other }

// HasDistinctID reports whether the record identifies a visitor. If it does not, the caller should start with NewRecord.
func (r *Record) HasDistinctID() bool { return r.DistinctID != "" }

// hasSwitched reports whether Identify has replaced the distinct_id that the visitor began with.
func (r *Record) hasSwitched() bool { return r.UserID != "" && r.DistinctID == r.UserID }

// anonymousID returns the distinct_id that the visitor began with, or words for it if it is unknown, for a warning.
func (r *Record) anonymousID() string {
	if r.DeviceID == "" {
		return "its earlier distinct_id"
	}
	return DevicePrefix + r.DeviceID
}
