package identity

import "github.com/throughline/throughline/identity/jsontext"

// Visitor applies the rules to the calls of one browser's visitor. It is not safe for concurrent use.
type Visitor struct {
	config         Config
	blocklist      Properties // Config.Blocklist as a set
	declaredEvents Properties // Config.EventNames as a set
	record         Record
	revision       uint64

	pageProperties Properties // of every event on this page
	temporary      Properties // super properties of this page only (RegisterTemporary)
	referrer       referrer   // of this page
	head           messageHead
	seenEvents     []string // event names that were tracked on this page

	isIdentifyCalled bool // on this page, since the last Reset
}

// referrer is the page that linked to a page, as URL and as domain.
type referrer struct{ url, domain string }

// Config is the configuration of a Visitor. The zero value is valid.
type Config struct {
	Token      string   // of the Mixpanel project; sent with every event
	Debug      bool     // give the warning IdentifyWithoutAlias too, which is often unfounded
	EventNames []string // the event names that the site declares; EventNameResembles compares with them
	// Plan has the events of the site's tracking plan (PlanEvents), which what is tracked is compared with: PlanViolated. Nothing is left out for it.
	Plan      Properties
	Blocklist []string // names of properties that are never sent, the option property_blocklist
	PageID    string   // identifies this page load; the insert ids of its calls begin with it

	// ConsentElsewhere says that not the record but the page keeps what the visitor decided, in the flag that mixpanel-browser stores. The page then
	// tells every change by OptOut and OptIn.
	ConsentElsewhere bool
}

// Value is an argument of a call as raw JSON, or "" if the call has no such argument.
type Value string

// String returns s as a Value, a JSON string.
func String(s string) Value { return Value(jsontext.Quote(s)) }

// NewVisitor returns the visitor that the record describes. The record must have a distinct_id (Record.HasDistinctID).
func NewVisitor(config Config, record *Record) *Visitor {
	v := &Visitor{}
	v.record.cloneFrom(record)
	v.record.mergeWaiting()
	v.Configure(config)
	v.countPageLoad()
	return v
}

// Configure replaces the configuration. It applies to later calls.
func (v *Visitor) Configure(config Config) {
	v.config = config
	v.blocklist, v.declaredEvents = nameSet(config.Blocklist), nameSet(config.EventNames)
	v.head = messageHead{}
}

// SetPage sets the properties that every event on this page gets: defaults such as $browser, and marketing parameters such as utm_source,
// which override defaults of the same name. referrerURL and referringDomain say which page linked here. The first referrer of a visitor is
// stored and sent with every event as $initial_referrer and $initial_referring_domain, as in mixpanel-browser.
func (v *Visitor) SetPage(defaults, marketing Properties, referrerURL, referringDomain string) {
	v.pageProperties = defaults.Clone()
	marketing.Each(func(name, raw string) bool {
		v.pageProperties.Set(name, raw)
		return true
	})
	v.referrer = referrer{referrerURL, referringDomain}
	v.head = messageHead{}
	v.setInitialReferrer()
}

// setInitialReferrer stores the referrer of this page as the visitor's first one, if none is stored yet.
func (v *Visitor) setInitialReferrer() {
	r := &v.record
	if r.InitialReferrer == "" && v.referrer.url != "" && !r.OptedOut {
		r.InitialReferrer, r.InitialReferringDomain = v.referrer.url, v.referrer.domain
		v.recordChanged()
	}
}

// DistinctID returns the distinct_id of the visitor's events.
func (v *Visitor) DistinctID() string { return v.record.DistinctID }

// DeviceID returns the random id of this browser that the visitor began with. It is "" if mixpanel-browser's record had none.
func (v *Visitor) DeviceID() string { return v.record.DeviceID }

// UserID returns the id that the visitor is identified by, or "" if there is none.
func (v *Visitor) UserID() string { return v.record.UserID }

// IsIdentified reports whether updates of the visitor's profile are sent: the visitor has logged in, has got an alias, or Identify was called with
// the visitor's own distinct_id.
func (v *Visitor) IsIdentified() bool { return v.record.isIdentified() }

// OptedOut reports whether the visitor has opted out of tracking.
func (v *Visitor) OptedOut() bool { return v.record.OptedOut }

// HasDeclined reports whether the visitor told this library to opt out.
func (v *Visitor) HasDeclined() bool { return v.record.OptedOut && v.record.OptChangedMS != 0 }

// Record returns a copy of the visitor's record, to be stored.
func (v *Visitor) Record() *Record {
	record := &Record{}
	record.cloneFrom(&v.record)
	return record
}

// MixpanelJSON is Record.MixpanelJSON of the visitor's record.
func (v *Visitor) MixpanelJSON(maxBytes int) string { return v.record.MixpanelJSON(maxBytes) }

// SharedJSON is Record.SharedJSON of the visitor's record, as BeginLine will leave it.
func (v *Visitor) SharedJSON(maxBytes int) string {
	shared := &Record{}
	shared.assign(&v.record)
	shared.beginLine()
	return shared.sharedJSON(maxBytes)
}

// BeginLine notes that the record is shared from now on.
func (v *Visitor) BeginLine() {
	if v.record.beginLine() {
		v.revision++
	}
}

// Revision returns a number that changes whenever the record changes. While it is the same, the record need not be stored again.
func (v *Visitor) Revision() uint64 { return v.revision }

// ReplaceRecord replaces the record, for example by one that was merged with another tab's (MergeRecords).
func (v *Visitor) ReplaceRecord(record *Record) {
	v.record.cloneFrom(record)
	v.holdUnacknowledgedAlias() // The other tab may have opted out before it learned of the alias.
	v.recordChanged()
	v.setInitialReferrer()
}

// Property returns the property of that name as raw JSON: a super property, distinct_id, $device_id, $user_id, __alias (mixpanel-browser's
// name for the alias), $initial_referrer or $initial_referring_domain. ok is false if the visitor has no such property.
func (v *Visitor) Property(name string) (raw string, ok bool) {
	r := &v.record
	text := ""
	switch name {
	case "distinct_id":
		text = r.DistinctID
	case "$device_id":
		text = r.DeviceID
	case "$user_id":
		text = r.UserID
	case "__alias":
		text = r.Alias
	case "$initial_referrer":
		text = r.InitialReferrer
	case "$initial_referring_domain":
		text = r.InitialReferringDomain
	default:
		return r.Super.Get(name)
	}
	return jsontext.Quote(text), text != ""
}

// recordChanged must follow every change of the record that may change what events contain.
func (v *Visitor) recordChanged() {
	v.revision++
	v.head = messageHead{}
}

// rejectOptedOut reports whether the visitor has opted out, and adds a warning if so.
func (v *Visitor) rejectOptedOut(o *Outcome, method string) bool {
	if v.record.OptedOut {
		o.warn(OptedOut, method)
	}
	return v.record.OptedOut
}
