package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
)

// The time of nearly all events is sent_ms, with which the unique index begins. That index is of all projects: of the others' events nothing is
// read but what the index has. The range begins with the last event that was read (the + keeps fromMS from being that), so that a page costs the
// same wherever it is. The other events, whose client said no time or has a wrong clock, have an index of their own.
const (
	betweenSQL = `SELECT id, event, distinct_id, sent_ms, CASE WHEN ours THEN received_ms END, insert_id, CASE WHEN ours THEN alias END,
			CASE WHEN ours THEN properties END, CASE WHEN ours THEN clock_ms END, ours, project
		FROM (SELECT *, project = (SELECT id FROM projects WHERE token = ?1) AS ours FROM events
			WHERE +sent_ms >= ?2 AND sent_ms < ?3 AND (sent_ms, insert_id, distinct_id, event, project) > (?4, ?5, ?6, ?7, ?8)
			ORDER BY sent_ms, insert_id, distinct_id, event, project LIMIT ?9)`
	ownTime        = `CASE sent_ms WHEN 0 THEN received_ms ELSE sent_ms + clock_ms END`
	ownTimeBetween = `SELECT id, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties, clock_ms FROM events
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND (sent_ms = 0 OR clock_ms <> 0)
			AND ` + ownTime + ` >= ?2 AND ` + ownTime + ` < ?3 AND (` + ownTime + ` > ?2 OR id > ?4)
		ORDER BY ` + ownTime + `, id LIMIT ?5`
)

// exportBytes is from how many bytes on a page of EventsBetween is full.
const exportBytes = 1 << 20

// place is where EventsBetween goes on: after that event, in one of the two indexes.
type place struct {
	OwnTime    bool   `json:",omitempty"` // in the index of those whose time is not sent_ms alone
	TimeMS     int64  // in the order of the index
	InsertID   string `json:",omitempty"`
	DistinctID string `json:",omitempty"`
	Event      string `json:",omitempty"`
	Project    int64  `json:",omitempty"`
	ID         int64  `json:",omitempty"`
}

// EventsBetween returns the next events of a project whose time (event.Stored.TimeMS) is at or after fromMS and before toMS. after is "" for the
// first page, else the next of the page before; next is "" after the last page. A page may be empty. Of one call to the next, the database is free
// for others; events that come meanwhile may be among those that follow or not.
func (s *Store) EventsBetween(ctx context.Context, token string, fromMS, toMS int64, after string) (events []event.Stored, next string, err error) {
	at := place{TimeMS: max(fromMS, math.MinInt64+1) - 1}
	if after != "" {
		if err := json.Unmarshal([]byte(after), &at); err != nil {
			return nil, "", fmt.Errorf("read events: go on: %w", err)
		}
	}
	var last place
	var full bool
	if at.OwnTime {
		events, last, full, err = s.ownTimeBetween(ctx, token, toMS, at)
	} else {
		events, last, full, err = s.sentBetween(ctx, token, fromMS, toMS, at)
	}
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read events: %w", err)
	case !full && at.OwnTime:
		return events, "", nil
	case !full:
		last = place{OwnTime: true, TimeMS: fromMS}
	}
	text, err := json.Marshal(last)
	if err != nil {
		return nil, "", fmt.Errorf("read events: go on: %w", err)
	}
	return events, string(text), nil
}

// sentBetween returns the next events whose time is sent_ms; full is false where there are no others.
func (s *Store) sentBetween(ctx context.Context, token string, fromMS, toMS int64, at place) (events []event.Stored, last place, full bool, err error) {
	page := page{}
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		last = place{TimeMS: row.ColumnInt64(3), InsertID: row.ColumnText(5), DistinctID: row.ColumnText(2), Event: row.ColumnText(1), Project: row.ColumnInt64(10)}
		if row.ColumnInt(9) == 0 || last.TimeMS == 0 || row.ColumnInt64(8) != 0 {
			return page.skip()
		}
		return page.add(storedEvent(row, token))
	}, betweenSQL, token, fromMS, toMS, at.TimeMS, at.InsertID, at.DistinctID, at.Event, at.Project, maxScanned)
	return page.events, last, page.isFull(), err
}

// ownTimeBetween returns the next of the other events.
func (s *Store) ownTimeBetween(ctx context.Context, token string, toMS int64, at place) (events []event.Stored, last place, full bool, err error) {
	page := page{}
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		e := storedEvent(row, token)
		last = place{OwnTime: true, TimeMS: e.TimeMS(), ID: e.ID}
		return page.add(e)
	}, ownTimeBetween, token, at.TimeMS, toMS, at.ID, maxScanned)
	return page.events, last, page.isFull(), err
}

// page collects events until there are enough.
type page struct {
	events         []event.Stored
	scanned, bytes int
}

func (p *page) add(e event.Stored) bool {
	const row = 200 // bytes of an event without its long texts
	p.events, p.bytes = append(p.events, e), p.bytes+row+len(e.Properties)
	return p.skip()
}

// skip counts an event that was looked at, and reports whether there is room for others.
func (p *page) skip() bool {
	p.scanned++
	return !p.isFull()
}

func (p *page) isFull() bool { return p.scanned >= maxScanned || p.bytes >= exportBytes }
