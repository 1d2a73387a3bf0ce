// Package event has what the collector takes, keeps and shows. It knows neither HTTP nor SQL.
package event

import "github.com/throughline/throughline/identity"

// Event is an event as a client sent it, checked.
type Event struct {
	Token      string // of the project
	Name       string
	DistinctID string
	SentMS     int64 // the client's time, milliseconds since 1970; 0 where it gave none
	InsertID   string
	Alias      string // of a `$create_alias`, else ""
	Properties string // a JSON object, as it was sent
}

// Stored is an event in the database. Ids grow in the order of commits, over all projects.
type Stored struct {
	Event
	ID         int64
	ReceivedMS int64 // the collector's time
}

// TimeMS is when the event happened: as the client says, or else when it was received.
func (s Stored) TimeMS() int64 {
	if s.SentMS == 0 {
		return s.ReceivedMS
	}
	return s.SentMS
}

// Claim is a `$create_alias`, as identity.Graph wants it. Its Seq is the store's own count of the claims that it accepted, over all projects
// or of one: it is stored with the claim, grows from commit to commit, and never changes.
type Claim struct {
	Token string
	identity.Claim
}

// Claim returns the event's claim to an alias, which the store gives its Seq; ok is false where it makes none.
func (s Stored) Claim() (c Claim, ok bool) {
	if s.Alias == "" || s.Alias == s.DistinctID {
		return Claim{}, false
	}
	claim := identity.Claim{Alias: s.Alias, DistinctID: s.DistinctID, TimeMS: s.TimeMS(), InsertID: s.InsertID}
	return Claim{s.Token, claim}, true
}

// Update is one change of a profile: a person's, or a group's.
type Update struct {
	Token      string
	GroupKey   string // what kind of group; "" for a person
	Subject    string // the person's distinct_id, or the group's id
	Operations string // a JSON object with `$set` and its kin, as it was sent
}

// Batch is what one request wants kept: all of it, or nothing.
type Batch struct {
	Events  []Event
	Updates []Update
}

// Size is about how many bytes the batch takes.
func (b Batch) Size() int {
	const row = 200 // what a row costs beside its long texts
	size := 0
	for _, e := range b.Events {
		size += row + len(e.Properties)
	}
	for _, u := range b.Updates {
		size += row + len(u.Operations)
	}
	return size
}

// News tells what a commit brought, to those who keep more of it in memory than the database does.
type News struct {
	Tokens []string // of the projects that have new events
	Claims []Claim
}
