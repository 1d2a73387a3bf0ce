package sqlite

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/store"
)

// Events have no index by distinct_id, which would cost every insert what a deletion saves: the events of a deleted person are found by
// looking at all of the project's.
const (
	pendingErasureSQL = `SELECT e.id, project, token, events_done, events_to FROM erasures AS e JOIN projects AS p ON p.id = project
		WHERE done_ms = 0 AND events_to >= 0 ORDER BY e.id LIMIT 1`
	erasedHashesSQL  = `SELECT hash, counted_to FROM erased_ids WHERE erasure = ?`
	brokenErasureSQL = `SELECT 1 FROM erasures WHERE events_to < 0 LIMIT 1`
	// closeErasuresSQL lets the events be deleted of the ids that were deleted before an erasure broke off.
	closeErasuresSQL = `UPDATE erasures SET events_to = (` + newestEventSQL + `) WHERE events_to < 0`
	eventIDsSQL      = `SELECT id, distinct_id, alias FROM events WHERE project = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?`
)

// Events of one step: how many are looked at, and how many are deleted.
const (
	maxScanned = 20_000
	maxDeleted = 2000
)

// erasureWork is an erasure whose events are being deleted.
type erasureWork struct {
	id, project, done, to int64
	token                 string
	countedTo             map[[16]byte]int64 // by the hashes of the ids
}

// finishErasures deletes the events of all persons whose deletion was asked for.
func (m *maintenance) finishErasures() error {
	if err := m.closeErasures(); err != nil {
		return err
	}
	for {
		w, err := m.nextErasure()
		if err != nil || w == nil {
			return err
		}
		for finished := false; !finished; {
			if finished, err = m.eraseSome(w); err != nil {
				return err
			}
		}
		if err := m.emptyLog(); err != nil {
			return err
		}
	}
}

// closeErasures takes care of erasures that broke off, in this process or before it was killed.
func (m *maintenance) closeErasures() error {
	if !m.store.erasing.TryLock() {
		return nil // One is under way, and wakes this when it ends.
	}
	defer m.store.erasing.Unlock()
	found := false
	err := m.store.readers.query(m.ctx, func(*sqlite3.Stmt) bool { found = true; return false }, brokenErasureSQL)
	if err != nil || !found {
		return err
	}
	return m.store.do(m.ctx, func(c *commit) error { return c.exec(closeErasuresSQL) })
}

func (m *maintenance) nextErasure() (w *erasureWork, err error) {
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		w = &erasureWork{
			id: row.ColumnInt64(0), project: row.ColumnInt64(1), token: row.ColumnText(2), done: row.ColumnInt64(3), to: row.ColumnInt64(4),
			countedTo: map[[16]byte]int64{},
		}
		return false
	}, pendingErasureSQL)
	if err != nil || w == nil {
		return nil, err
	}
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		w.countedTo[[16]byte(row.ColumnRawBlob(0))] = row.ColumnInt64(1)
		return true
	}, erasedHashesSQL, w.id)
	return w, err
}

// eraseSome looks at the next events and deletes the person's; finished is true after the last ones.
func (m *maintenance) eraseSome(w *erasureWork) (finished bool, err error) {
	var found []int64
	counts, scanned := map[string]int{}, 0
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		scanned++
		w.done = row.ColumnInt64(0)
		id := row.ColumnText(1)
		if w.isOf(id) || w.isOf(row.ColumnText(2)) {
			found = append(found, w.done)
			if w.done > w.countedTo[[16]byte(store.HashOf(w.token, id))] { // A claim of somebody else, or what came while ids were being deleted.
				counts[id]++
			}
		}
		return len(found) < maxDeleted
	}, eventIDsSQL, w.project, w.done, w.to, maxScanned)
	if err != nil {
		return false, fmt.Errorf("look for events: %w", err)
	}
	finished = scanned < maxScanned && len(found) < maxDeleted
	return finished, m.store.do(m.ctx, func(c *commit) error {
		if err := c.deleteEvents(found); err != nil {
			return err
		}
		if err := c.uncount(w.project, counts); err != nil {
			return err
		}
		doneMS := int64(0)
		if finished {
			doneMS = c.nowMS
		}
		return c.exec("UPDATE erasures SET events = events + ?, events_done = ?, done_ms = ? WHERE id = ?", len(found), w.done, doneMS, w.id)
	})
}

func (w *erasureWork) isOf(id string) bool {
	if id == "" {
		return false
	}
	_, known := w.countedTo[[16]byte(store.HashOf(w.token, id))]
	return known
}
