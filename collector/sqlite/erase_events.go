package sqlite

import (
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Events have no index by distinct_id, which would cost every insert what a deletion saves: the events of a deleted person are found by
// looking at all of the project's.
const (
	pendingErasureSQL = `SELECT e.id, project, token, events_done, events_to FROM erasures AS e JOIN projects AS p ON p.id = project
		WHERE done_ms = 0 AND events_to >= 0 ORDER BY e.id LIMIT 1`
	erasedHashesSQL = `SELECT hash FROM erased_ids WHERE erasure = ?`
	eventIDsSQL     = `SELECT id, distinct_id, alias FROM events WHERE project = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?`
	deleteEventsSQL = `DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))`
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
	hashes                map[[16]byte]bool
}

// finishErasures deletes the events of all persons whose deletion was asked for.
func (m *maintenance) finishErasures() error {
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

func (m *maintenance) nextErasure() (w *erasureWork, err error) {
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		w = &erasureWork{
			id: row.ColumnInt64(0), project: row.ColumnInt64(1), token: row.ColumnText(2), done: row.ColumnInt64(3), to: row.ColumnInt64(4),
			hashes: map[[16]byte]bool{},
		}
		return false
	}, pendingErasureSQL)
	if err != nil || w == nil {
		return nil, err
	}
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		w.hashes[[16]byte(row.ColumnRawBlob(0))] = true
		return true
	}, erasedHashesSQL, w.id)
	return w, err
}

// eraseSome looks at the next events and deletes the person's; finished is true after the last ones.
func (m *maintenance) eraseSome(w *erasureWork) (finished bool, err error) {
	var found []int64
	scanned := 0
	err = m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
		scanned++
		w.done = row.ColumnInt64(0)
		if w.isOf(row.ColumnText(1)) || w.isOf(row.ColumnText(2)) {
			found = append(found, w.done)
		}
		return len(found) < maxDeleted
	}, eventIDsSQL, w.project, w.done, w.to, maxScanned)
	if err != nil {
		return false, fmt.Errorf("look for events: %w", err)
	}
	finished = scanned < maxScanned && len(found) < maxDeleted
	list, err := json.Marshal(found)
	if err != nil {
		return false, fmt.Errorf("list the events: %w", err)
	}
	return finished, m.store.do(m.ctx, func(c *commit) error {
		if len(found) > 0 {
			if err := c.exec(deleteEventsSQL, string(list)); err != nil {
				return err
			}
		}
		doneMS := int64(0)
		if finished {
			doneMS = c.nowMS
		}
		return c.exec("UPDATE erasures SET events = events + ?, events_done = ?, done_ms = ? WHERE id = ?", len(found), w.done, doneMS, w.id)
	})
}

func (w *erasureWork) isOf(id string) bool {
	return id != "" && w.hashes[[16]byte(hashOf(w.token, id))]
}
