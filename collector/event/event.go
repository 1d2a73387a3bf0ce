// Package event has the types that the collector's packages exchange: events, profile updates, claims to aliases and batches of them. It
// knows neither HTTP nor SQL. Read Event and Batch first.
package event

import (
	"errors"
	"time"

	"github.com/throughline/throughline/identity"
)

// Event is a validated event, as a client sent it.
type Event struct {
	Token      string // of the project
	Name       string
	DistinctID string
	SentMS     int64 // the client's time in milliseconds since 1970, as it was sent; 0 if it sent none
	ClockMS    int64 // what must be added to SentMS, because the client's clock was wrong by as much
	InsertID   string
	Alias      string // the alias that a `$create_alias` claims, else ""
	Properties string // a JSON object, as it was sent
}

// Stored is an event in the database. Ids grow in the order of commits, across all projects.
type Stored struct {
	Event
	ID         int64
	ReceivedMS int64 // the collector's time
}

// TimeMS is when the event happened: the client's time, corrected where its clock was wrong, or where it sent none the time of receipt.
func (s Stored) TimeMS() int64 {
	if s.SentMS == 0 {
		return s.ReceivedMS
	}
	return s.SentMS + s.ClockMS
}

// IsAhead reports whether the event's time is more than a day ahead of its receipt: the client's clock is wrong, and it did not say by how
// much.
func (s Stored) IsAhead() bool {
	const day = 24 * 60 * 60_000
	return s.TimeMS()-s.ReceivedMS > day
}

// Claim is a `$create_alias` in the form that identity.Graph takes. The store assigns its Seq in the order in which it accepts claims, over
// all projects; it is stored with the claim and never changes.
type Claim struct {
	Token string
	identity.Claim
}

// Claim returns the event's claim to an alias, without the Seq that the store assigns; ok is false if it makes none.
func (s Stored) Claim() (c Claim, ok bool) {
	if s.Alias == "" || s.Alias == s.DistinctID {
		return Claim{}, false
	}
	claim := identity.Claim{Alias: s.Alias, DistinctID: s.DistinctID, TimeMS: s.TimeMS(), InsertID: s.InsertID}
	return Claim{s.Token, claim}, true
}

// ErrNotMember is returned where a page of a person's ids is to begin after an id that is none of them.
var ErrNotMember = errors.New("the id is none of this person's")

// MaxProfile limits a profile update, and what a profile grows to, in bytes.
const MaxProfile = 1 << 20

// Update is one change of a profile: a person's, or a group's.
type Update struct {
	Token      string
	GroupKey   string // what kind of group; "" for a person
	Subject    string // the person's distinct_id, or the group's id
	Operations string // a JSON object with `$set` and its kin, as it was sent
	TimeMS     int64  // when it was made, in milliseconds since 1970 and corrected where the client's clock was wrong; 0 if the client did not say
	Deletes    bool   // one of the operations is `$delete`: everything before is to be forgotten
}

// Batch is what one request stores: either all of it is stored, or nothing.
type Batch struct {
	Events  []Event
	Updates []Update
}

// Size estimates how many bytes the batch takes.
func (b Batch) Size() int {
	const row = 200 // bytes of a row without its long texts
	size := 0
	for _, e := range b.Events {
		size += row + len(e.Properties)
	}
	for _, u := range b.Updates {
		size += row + len(u.Operations)
	}
	return size
}

// Changes are what a commit added, for those who hold part of the database in memory or show it live.
type Changes struct {
	Tokens []string // of the projects that have new events, or in which somebody was deleted
	Claims []Claim
	Erased bool // claims were deleted, so that ids may belong to other persons than before
}

// Commit is what one commit of a store did, for those who count it.
type Commit struct {
	Took       time.Duration
	Events     int // that were stored
	Duplicates int // events that were already stored
	Erased     int // events of persons who had been deleted, which were not stored
	Updates    int // of profiles, that were stored
}

// Erasure is the record of a person's deletion. It does not say who it was.
type Erasure struct {
	ID      int64 `json:"id"`
	AskedMS int64 `json:"asked"` // milliseconds since 1970
	DoneMS  int64 `json:"done"`  // 0 while events are still being deleted
	IDs     int   `json:"ids"`   // how many the person had
	Updates int   `json:"updates"`
	Events  int   `json:"events"` // deleted so far
}
