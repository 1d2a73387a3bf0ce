package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
)

// The queries of one project use its indexes: their cost does not depend on how many events the database has. Of large events no more are read than a
// page takes: the length of a text is known without reading it.
const (
	projectSQL = `(SELECT id FROM projects WHERE token = $1)`
	columnsSQL = `id, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties, clock_ms`
	newestSQL  = `SELECT ` + columnsSQL + ` FROM (
			SELECT *, sum(octet_length(properties)) OVER (ORDER BY id DESC) - octet_length(properties) AS before FROM (
				SELECT * FROM events WHERE project = ` + projectSQL + ` AND id < $2 ORDER BY id DESC LIMIT $3) AS page) AS measured
		WHERE before < $4 ORDER BY id DESC`
	afterSQL = `SELECT ` + columnsSQL + ` FROM (
			SELECT *, sum(octet_length(properties)) OVER (ORDER BY id) - octet_length(properties) AS before FROM (
				SELECT * FROM events WHERE project = ` + projectSQL + ` AND id > $2 ORDER BY id LIMIT $3) AS page) AS measured
		WHERE before < $4 ORDER BY id`
	eventsOfSQL = `SELECT ` + columnsSQL + ` FROM (
			SELECT *, sum(octet_length(properties)) OVER (ORDER BY id) - octet_length(properties) AS before FROM (
				SELECT * FROM events WHERE project = ` + projectSQL + ` AND id > $2 AND distinct_id = ANY($5::text[]) ORDER BY id LIMIT $3) AS page) AS measured
		WHERE before < $4 ORDER BY id`
	nthNewestSQL = `SELECT id FROM events WHERE project = ` + projectSQL + ` ORDER BY id DESC LIMIT 1 OFFSET $2`
	recentIDsSQL = `SELECT DISTINCT distinct_id FROM (
			SELECT distinct_id FROM events WHERE project = ` + projectSQL + ` ORDER BY id DESC LIMIT $2) AS recent`
	countOfSQL   = `SELECT count(*) FROM events WHERE project = ` + projectSQL + ` AND distinct_id = ANY($2::text[])`
	updatesOfSQL = `SELECT id, operations, summary FROM (
			SELECT *, sum(octet_length(operations)) OVER (ORDER BY id) - octet_length(operations) AS before FROM updates
			WHERE project = ` + projectSQL + ` AND group_key = $2 AND subject = ANY($3::text[])) AS measured
		WHERE before < $4 ORDER BY id`
)

// query runs a statement on a connection of a pool and calls scan for each row, whose columns are in to. If the connection breaks before the first row
// came, it is tried again on another one: after a failover, those that are open lead to a server that is gone.
func query(ctx context.Context, pool *pgxpool.Pool, to []any, scan func(), sql string, args ...any) error {
	begun := false
	var err error
	attempt := func(ctx context.Context) error {
		rows, queryErr := pool.Query(ctx, sql, args...)
		if queryErr == nil {
			_, queryErr = pgx.ForEachRow(rows, to, func() error { begun = true; scan(); return nil })
		}
		if err = queryErr; begun {
			return nil // Nothing is told twice.
		}
		return err
	}
	if retryErr := retry(ctx, pool, attempt); !begun {
		return retryErr
	}
	return err
}

// Newest implements store.Reader.
func (s *Store) Newest(ctx context.Context, token string, before int64, limit int) ([]event.Stored, error) {
	return s.page(ctx, newestSQL, token, before, limit)
}

// After implements store.Reader.
func (s *Store) After(ctx context.Context, token string, id int64, limit int) ([]event.Stored, error) {
	return s.page(ctx, afterSQL, token, id, limit)
}

func (s *Store) page(ctx context.Context, sql, token string, id int64, limit int, more ...any) ([]event.Stored, error) {
	page := []event.Stored{}
	var e event.Stored
	to := []any{&e.ID, &e.Name, &e.DistinctID, &e.SentMS, &e.ReceivedMS, &e.InsertID, &e.Alias, &e.Properties, &e.ClockMS}
	args := append([]any{clean(token), id, limit, store.PageBytes}, more...)
	err := query(ctx, s.readers, to, func() { e.Token = token; page = append(page, e) }, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// maxExported is how many events of a person a page of EventsOf has.
const maxExported = 5000

// EventsOf implements store.Reader.
func (s *Store) EventsOf(ctx context.Context, token string, distinctIDs map[string]bool, after int64) (events []event.Stored, last int64, err error) {
	ids := make([]string, 0, len(distinctIDs))
	for id := range distinctIDs {
		ids = append(ids, clean(id))
	}
	events, err = s.page(ctx, eventsOfSQL, token, after, maxExported, ids)
	if err != nil || len(events) == 0 {
		return nil, 0, err
	}
	return events, events[len(events)-1].ID, nil
}

// NthNewest implements store.Reader.
func (s *Store) NthNewest(ctx context.Context, token string, n int) (id int64, err error) {
	var found int64
	if err := query(ctx, s.readers, []any{&found}, func() { id = found }, nthNewestSQL, clean(token), n); err != nil {
		return 0, fmt.Errorf("find an event: %w", err)
	}
	return id, nil
}

// RecentIDs implements store.Reader.
func (s *Store) RecentIDs(ctx context.Context, token string, events int) (ids []string, err error) {
	var id string
	if err := query(ctx, s.readers, []any{&id}, func() { ids = append(ids, id) }, recentIDsSQL, clean(token), events); err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	return ids, nil
}

// CountOf implements store.Reader.
func (s *Store) CountOf(ctx context.Context, token string, ids []string) (total int, err error) {
	var n int
	if err := query(ctx, s.readers, []any{&n}, func() { total = n }, countOfSQL, clean(token), cleanAll(ids)); err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return total, nil
}

// maxProfileBytes limits what is read for the profile of a person with many ids.
const maxProfileBytes = 4 * event.MaxProfile

// ProfileOf implements store.Reader.
func (s *Store) ProfileOf(ctx context.Context, token, groupKey string, subjects []string) (*people.Profile, error) {
	var updates []people.Update
	var u people.Update
	err := query(ctx, s.readers, []any{&u.At, &u.Operations, &u.IsSummary}, func() { updates = append(updates, u) },
		updatesOfSQL, clean(token), clean(groupKey), cleanAll(subjects), maxProfileBytes)
	if err != nil {
		return nil, fmt.Errorf("read profile updates: %w", err)
	}
	return people.Merge(updates)
}
