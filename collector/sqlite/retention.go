package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/store"
)

const (
	projectsSQL      = `SELECT id, token FROM projects`
	projectErasesSQL = `SELECT 1 FROM erasures WHERE project = ? AND done_ms = 0 LIMIT 1`
	datesSQL         = `SELECT id, received_ms FROM events WHERE project = ? AND id > ? ORDER BY id LIMIT ?`
	oldestEventsSQL  = `SELECT id, distinct_id FROM events WHERE project = ? AND id <= ? ORDER BY id LIMIT ?`
	uncountSQL       = `UPDATE visitors SET events = events - ?3 WHERE project = ?1 AND distinct_id = ?2`
	dropVisitorSQL   = `DELETE FROM visitors WHERE project = ?1 AND distinct_id = ?2 AND events <= 0`
)

// expire deletes the events that came longer ago than their project keeps them. Profiles and aliases stay: they say who somebody is, not what
// was done when.
func (m *maintenance) expire() error {
	ages := map[int64]time.Duration{}
	err := m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		age, named := m.store.config.Retention[row.ColumnText(1)]
		if !named {
			age = m.store.config.Retention["*"]
		}
		if age > 0 {
			ages[row.ColumnInt64(0)] = age
		}
		return true
	}, projectsSQL)
	if err != nil {
		return fmt.Errorf("list the projects: %w", err)
	}
	for project, age := range ages {
		if err := store.Expire(m.ctx, m.store.config.Now, age, expirable{m, project}); err != nil {
			return err
		}
	}
	return nil
}

// expirable are the events of a project.
type expirable struct {
	*maintenance
	project int64
}

// Dates implements store.Expirable.
func (e expirable) Dates(ctx context.Context, after int64, limit int, yield func(id, receivedMS int64) bool) error {
	return e.store.readers.query(ctx, func(row *sqlite3.Stmt) bool { return yield(row.ColumnInt64(0), row.ColumnInt64(1)) }, datesSQL, e.project, after, limit)
}

// DeleteUpTo implements store.Expirable. While a person is being deleted it does nothing.
func (e expirable) DeleteUpTo(ctx context.Context, id int64, limit int) (deleted int, err error) {
	var old []int64
	counts := map[string]int{}
	err = e.store.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		old = append(old, row.ColumnInt64(0))
		counts[row.ColumnText(1)]++
		return true
	}, oldestEventsSQL, e.project, id, limit)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	err = e.store.do(ctx, func(c *commit) error {
		// Events of a person that is being deleted are in visitors no more. They go first: the end of a deletion wakes this again.
		erasing := false
		if err := c.read(func(*sqlite3.Stmt) bool { erasing = true; return false }, projectErasesSQL, e.project); err != nil || erasing {
			return err
		}
		deleted = len(old)
		if err := c.deleteEvents(old); err != nil {
			return err
		}
		return c.uncount(e.project, counts)
	})
	return deleted, err
}
