package identity

import "github.com/throughline/throughline/identity/jsontext"

// Visitor is one browser's visitor: the rules by which calls become messages. It has no clock, no randomness and no storage; it is not
// safe for concurrent use.
type Visitor struct {
	config         Config
	blocklist      Properties // the names of config
	declaredEvents Properties // the event names of config
	record         Record
	revision       uint64

	pageProperties Properties  // defaults of the page, then marketing
	referrer       referrer    // of the page
	head           messageHead // what all events have in common, as text
	seenEvents     []string
}

// referrer is where a visitor came from: an address and its host.
type referrer struct{ url, domain string }

// Config is what a Visitor has to know of its project and page.
type Config struct {
	Token      string
	Debug      bool     // warn of identify_without_alias too
	EventNames []string // declared by the site
	Blocklist  []string // properties that are never sent
	PageID     string   // names this page load
}

// Value is an argument of a call, as raw JSON; "" where the call left it out.
type Value string

// String makes a Value of a string.
func String(s string) Value { return Value(jsontext.Quote(s)) }

// NewVisitor returns the visitor that a record remembers.
func NewVisitor(config Config, record Record) *Visitor {
	v := &Visitor{record: record.clone()}
	v.Configure(config)
	v.countPageLoad()
	return v
}

// Configure changes the configuration.
func (v *Visitor) Configure(config Config) {
	v.config = config
	v.blocklist, v.declaredEvents = nameSet(config.Blocklist), nameSet(config.EventNames)
	v.head = messageHead{}
}

// SetPage gives the properties that every event on this page has: its defaults, then marketing, which overrides them. The first
// referrer a visitor comes with is remembered, as $initial_referrer and $initial_referring_domain.
func (v *Visitor) SetPage(defaults, marketing Properties, url, domain string) {
	v.pageProperties = defaults.Clone()
	marketing.Each(func(name, raw string) bool {
		v.pageProperties.Set(name, raw)
		return true
	})
	v.referrer = referrer{url, domain}
	v.head = messageHead{}
	v.setInitialReferrer()
}

// keepReferrer remembers the page's referrer as the visitor's first, if there is none yet.
func (v *Visitor) setInitialReferrer() {
	r := &v.record
	if r.InitialReferrer == "" && v.referrer.url != "" && !r.OptedOut {
		r.InitialReferrer, r.InitialReferringDomain = v.referrer.url, v.referrer.domain
		v.recordChanged()
	}
}

// DistinctID returns the distinct_id that events carry.
func (v *Visitor) DistinctID() string { return v.record.DistinctID }

// DeviceID returns the id minted for this browser at the visitor's beginning, "" where mixpanel-browser left none.
func (v *Visitor) DeviceID() string { return v.record.DeviceID }

// UserID returns the id that identify gave, "" while nobody is identified.
func (v *Visitor) UserID() string { return v.record.UserID }

// OptedOut reports whether nothing is recorded for now.
func (v *Visitor) OptedOut() bool { return v.record.OptedOut }

// Record returns what to store of the visitor.
func (v *Visitor) Record() Record { return v.record.clone() }

// Revision changes whenever the record does.
func (v *Visitor) Revision() uint64 { return v.revision }

// Adopt takes over a record that another tab had a part in.
func (v *Visitor) ReplaceRecord(record Record) {
	v.record = record.clone()
	v.holdUnacknowledgedAlias() // Another tab may have opted out before it knew of the alias.
	v.recordChanged()
	v.setInitialReferrer()
}

// Property returns a super property, or distinct_id, $device_id, $user_id or a first referrer, as raw JSON.
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

// changed notes that the record changed, and with it what events carry.
func (v *Visitor) recordChanged() {
	v.revision++
	v.head = messageHead{}
}

// refused reports whether the visitor opted out, and says so.
func (v *Visitor) rejectOptedOut(o *Outcome, method string) bool {
	if v.record.OptedOut {
		o.warn(OptedOut, method)
	}
	return v.record.OptedOut
}
