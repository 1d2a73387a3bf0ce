package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
)

// The queries of one project use its index: their cost does not depend on how many events the database has.
const (
	newestSQL = `SELECT id, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties, clock_ms FROM events
		WHERE project = (SELECT id FROM projects WHERE token = ?) AND id < ? ORDER BY id DESC LIMIT ?`
	afterSQL = `SELECT id, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties, clock_ms FROM events
		WHERE project = (SELECT id FROM projects WHERE token = ?) AND id > ? ORDER BY id LIMIT ?`
	nthNewestSQL = `SELECT id FROM events
		WHERE project = (SELECT id FROM projects WHERE token = ?) ORDER BY id DESC LIMIT 1 OFFSET ?`
	recentIDsSQL = `SELECT DISTINCT distinct_id FROM (SELECT distinct_id FROM events
		WHERE project = (SELECT id FROM projects WHERE token = ?) ORDER BY id DESC LIMIT ?)`
	countOfSQL = `SELECT coalesce(sum(events), 0) FROM visitors
		WHERE project = (SELECT id FROM projects WHERE token = ?) AND distinct_id IN (SELECT value FROM json_each(?))`
	updatesOfSQL = `SELECT id, operations, summary FROM updates WHERE id IN (
			SELECT id FROM updates WHERE project = (SELECT id FROM projects WHERE token = ?1) AND group_key = ?2
			AND subject IN (SELECT value FROM json_each(?3))) ORDER BY id`
)

// PageBytes is that of package store.
const PageBytes = store.PageBytes

// Newest returns the newest events of a project that are older than the one with the id before, newest first.
func (s *Store) Newest(ctx context.Context, token string, before int64, limit int) ([]event.Stored, error) {
	return s.page(ctx, newestSQL, token, before, limit)
}

// After returns the events of a project that are newer than the one with that id, oldest first.
func (s *Store) After(ctx context.Context, token string, id int64, limit int) ([]event.Stored, error) {
	return s.page(ctx, afterSQL, token, id, limit)
}

func (s *Store) page(ctx context.Context, sql, token string, id int64, limit int) ([]event.Stored, error) {
	page, size := []event.Stored{}, 0
	err := s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		e := storedEvent(row, token)
		page, size = append(page, e), size+len(e.Properties)
		return size < PageBytes
	}, sql, token, id, limit)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

func storedEvent(row *sqlite3.Stmt, token string) event.Stored {
	return event.Stored{ID: row.ColumnInt64(0), ReceivedMS: row.ColumnInt64(4), Event: event.Event{
		Token: token, Name: row.ColumnText(1), DistinctID: row.ColumnText(2), SentMS: row.ColumnInt64(3),
		InsertID: row.ColumnText(5), Alias: row.ColumnText(6), Properties: row.ColumnText(7),
		ClockMS: row.ColumnInt64(8),
	}}
}

// NthNewest returns the id of the event that n newer events of the project follow; 0 if there are not so many.
func (s *Store) NthNewest(ctx context.Context, token string, n int) (id int64, err error) {
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool { id = row.ColumnInt64(0); return true }, nthNewestSQL, token, n)
	if err != nil {
		return 0, fmt.Errorf("find an event: %w", err)
	}
	return id, nil
}

// RecentIDs returns the distinct_ids of the newest events of a project, each once; events says how many are looked at.
func (s *Store) RecentIDs(ctx context.Context, token string, events int) (ids []string, err error) {
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool { ids = append(ids, row.ColumnText(0)); return true }, recentIDsSQL, token, events)
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	return ids, nil
}

// CountOf returns how many events have one of these distinct_ids.
func (s *Store) CountOf(ctx context.Context, token string, ids []string) (total int, err error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return 0, fmt.Errorf("list the ids: %w", err)
	}
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool { total = row.ColumnInt(0); return true }, countOfSQL, token, string(list))
	if err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return total, nil
}

// maxProfileBytes limits what is read for the profile of a person with many ids.
const maxProfileBytes = 4 * event.MaxProfile

// ProfileOf returns the profile that updates of these subjects have made (a person's ids if groupKey is ""), in the order in which they were
// stored.
func (s *Store) ProfileOf(ctx context.Context, token, groupKey string, subjects []string) (*people.Profile, error) {
	list, err := json.Marshal(subjects)
	if err != nil {
		return nil, fmt.Errorf("list the ids: %w", err)
	}
	var updates []people.Update
	bytes := 0
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		u := updateOf(row)
		updates, bytes = append(updates, u), bytes+len(u.Operations)
		return bytes < maxProfileBytes
	}, updatesOfSQL, token, groupKey, string(list))
	if err != nil {
		return nil, fmt.Errorf("read profile updates: %w", err)
	}
	return people.Merge(updates)
}
