// Package store says what the collector asks of a database. Package sqlite keeps it in one file, package postgres in a PostgreSQL that any number
// of collectors share; package storetest holds both to the same behaviour. What does not depend on the database is here too: how the claims around
// a person are walked, and by what a deleted id is known. Read Store first.
package store

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
)

// Store is a database. It is safe for concurrent use.
type Store interface {
	Writer
	Reader
	Eraser
	// Claims returns the claims for those who read; ReservedClaims reads them by a connection of its own, so that what a client is answered does
	// not wait for those who read.
	Claims() Claims
	ReservedClaims() Claims
	// Close commits what has been queued, then closes the database.
	Close() error
}

// Config is what every store is opened with.
type Config struct {
	// OnCommit is called after each commit, in the order of commits, before the requests of that commit are answered. Where several collectors
	// share the database it is called for their commits too, soon after them, and may be called more than once for one commit.
	OnCommit func(event.Changes)
	// Committed is called after each commit of this collector with what it did, if it is not nil.
	Committed func(event.Commit)
	// Retention is how long the events of a project are kept after they came, by token; that of "*" is for all others. 0 stands for ever.
	Retention map[string]time.Duration
	Log       *slog.Logger
	Now       func() time.Time
}

// Writer stores batches.
type Writer interface {
	// Store stores a batch, all of it or nothing, and returns once it is as durable as the database is set up to make it. Events that are already
	// stored are not stored again. If ctx ends before a writer has begun with the batch, it is not stored and Store returns an error; a batch
	// that a writer has begun with is waited for.
	Store(ctx context.Context, batch event.Batch) error
	// Ready returns nil if a batch could be stored now.
	Ready(ctx context.Context) error
}

// PageBytes is the approximate limit on the bytes of properties in a page of events, whatever limit was asked for.
const PageBytes = 4 << 20

// Reader reads events and profiles. Ids of events grow in the order of commits, over all projects and collectors, and are never given twice:
// whoever reads on after the last one that they saw misses nothing.
type Reader interface {
	// Newest returns the newest events of a project that are older than the one with the id before, newest first.
	Newest(ctx context.Context, token string, before int64, limit int) ([]event.Stored, error)
	// After returns the events of a project that are newer than the one with that id, oldest first.
	After(ctx context.Context, token string, id int64, limit int) ([]event.Stored, error)
	// NthNewest returns the id of the event that n newer events of the project follow; 0 if there are not so many.
	NthNewest(ctx context.Context, token string, n int) (id int64, err error)
	// RecentIDs returns the distinct_ids of the newest events of a project, each once; events says how many are looked at.
	RecentIDs(ctx context.Context, token string, events int) ([]string, error)
	// CountOf returns how many events have one of these distinct_ids.
	CountOf(ctx context.Context, token string, ids []string) (int, error)
	// EventsOf returns those of the next events of a project after that id which belong to one of these distinct_ids, oldest first; last is the
	// id to go on after, 0 where there are no others.
	EventsOf(ctx context.Context, token string, distinctIDs map[string]bool, after int64) (events []event.Stored, last int64, err error)
	// EventsBetween returns the next events of a project whose time (event.Stored.TimeMS) is at or after fromMS and before toMS. after is "" for the
	// first page, else the next of the page before; next is "" after the last page. A page may be empty. Events that come meanwhile may be among
	// those that follow or not.
	EventsBetween(ctx context.Context, token string, fromMS, toMS int64, after string) (events []event.Stored, next string, err error)
	// ProfileOf returns the profile that updates of these subjects have made (a person's ids if groupKey is ""), in the order in which they were
	// stored.
	ProfileOf(ctx context.Context, token, groupKey string, subjects []string) (*people.Profile, error)
}

// Eraser deletes persons.
type Eraser interface {
	// Erase deletes what is stored of the person that an id belongs to: all ids, claims to and by them, profile and events. When it returns, the
	// person's ids, claims and profile are gone, and events of theirs that a client sends again are not stored; the events are deleted by and
	// by, as Erasures tells.
	Erase(ctx context.Context, token, id string) (event.Erasure, error)
	// Erasures returns the deletions of persons of a project that were asked for, the newest first, at most limit.
	Erasures(ctx context.Context, token string, limit int) ([]event.Erasure, error)
}

// HashOf returns by what a deleted id is known. Tokens keep two projects' hashes of one id apart.
func HashOf(token, id string) []byte {
	hash := sha256.Sum256([]byte(token + "\x00" + id))
	return hash[:16]
}
