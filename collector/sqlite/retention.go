package sqlite

import (
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"
)

const (
	projectsSQL      = `SELECT id, token FROM projects`
	projectErasesSQL = `SELECT 1 FROM erasures WHERE project = ? AND done_ms = 0 LIMIT 1`
	oldestEventsSQL  = `SELECT id, distinct_id, received_ms FROM events WHERE project = ? ORDER BY id LIMIT ?`
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
		for finished := false; !finished; {
			if finished, err = m.expireSome(project, age); err != nil {
				return err
			}
		}
	}
	return nil
}

// expireSome deletes the oldest events of a project, if they are too old; finished is true if there are no others.
func (m *maintenance) expireSome(project int64, age time.Duration) (finished bool, err error) {
	before := m.store.config.Now().Add(-age).UnixMilli()
	var old []int64
	counts := map[string]int{}
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		if row.ColumnInt64(2) >= before {
			return false
		}
		old = append(old, row.ColumnInt64(0))
		counts[row.ColumnText(1)]++
		return true
	}, oldestEventsSQL, project, maxDeleted)
	if err != nil || len(old) == 0 {
		return true, err
	}
	finished = len(old) < maxDeleted
	err = m.store.do(m.ctx, func(c *commit) error {
		// Events of a person that is being deleted are in visitors no more. They go first: the end of a deletion wakes this again.
		erasing := false
		if err := c.read(func(*sqlite3.Stmt) bool { erasing = true; return false }, projectErasesSQL, project); err != nil || erasing {
			finished = true
			return err
		}
		if err := c.deleteEvents(old); err != nil {
			return err
		}
		return c.uncount(project, counts)
	})
	return finished, err
}
