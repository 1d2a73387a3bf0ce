package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

const columns = "id, event, distinct_id, time_ms, insert_id, alias, properties, token"

// Newest returns the newest events of a project, newest first; with before, those older than that id.
func (s *Store) Newest(ctx context.Context, token string, limit int, before int64) ([]Row, error) {
	return s.query(ctx, "SELECT "+columns+" FROM events WHERE token = ? AND id < ? ORDER BY id DESC LIMIT ?", token, before, limit)
}

// After returns the oldest events of a project that are newer than an id, oldest first.
func (s *Store) After(ctx context.Context, token string, id int64, limit int) ([]Row, error) {
	return s.query(ctx, "SELECT "+columns+" FROM events WHERE token = ? AND id > ? ORDER BY id LIMIT ?", token, id, limit)
}

// Claims calls yield with every event that made an alias, in the order they were stored.
func (s *Store) Claims(ctx context.Context, yield func(Row)) error {
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM events WHERE alias <> '' ORDER BY id")
	if err != nil {
		return fmt.Errorf("read the aliases: %w", err)
	}
	return scan(rows, yield)
}

// CountOf returns how many events carry one of these ids.
func (s *Store) CountOf(ctx context.Context, token string, ids []string) (int, error) {
	const most = 500 // in one statement
	total := 0
	for len(ids) > 0 {
		some := ids[:min(most, len(ids))]
		ids = ids[len(some):]
		args := []any{token}
		for _, id := range some {
			args = append(args, id)
		}
		var n int
		marks := strings.TrimSuffix(strings.Repeat("?,", len(some)), ",")
		if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE token = ? AND distinct_id IN ("+marks+")", args...).Scan(&n); err != nil {
			return 0, fmt.Errorf("count events: %w", err)
		}
		total += n
	}
	return total, nil
}

// UpdatesOf returns the profile updates of a person's ids, oldest first, as JSON.
func (s *Store) UpdatesOf(ctx context.Context, token string, ids []string) ([]string, error) {
	var updates []string
	for _, id := range ids {
		rows, err := s.db.QueryContext(ctx, "SELECT operations FROM updates WHERE token = ? AND distinct_id = ? AND grp = '' ORDER BY id", token, id)
		if err != nil {
			return nil, fmt.Errorf("read updates: %w", err)
		}
		for rows.Next() {
			var operations string
			if err := rows.Scan(&operations); err != nil {
				return nil, fmt.Errorf("read an update: %w", err)
			}
			updates = append(updates, operations)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read updates: %w", err)
		}
	}
	return updates, nil
}

func (s *Store) query(ctx context.Context, query string, args ...any) ([]Row, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	all := []Row{}
	err = scan(rows, func(r Row) { all = append(all, r) })
	return all, err
}

func scan(rows *sql.Rows, yield func(Row)) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r Row
		if err := rows.Scan(&r.ID, &r.Event, &r.DistinctID, &r.TimeMS, &r.InsertID, &r.Alias, &r.Properties, &r.Token); err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		yield(r)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}
