package sqlite

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
)

const erasedSQL = `SELECT before_ms FROM erased_ids WHERE project = ? AND hash = ?`

// hashOf returns by what an erased id is known. Tokens keep two projects' hashes of one id apart.
func hashOf(token, id string) []byte {
	hash := sha256.Sum256([]byte(token + "\x00" + id))
	return hash[:16]
}

// isErased reports whether an event is of before the deletion of the person that its distinct_id, or the alias in it, belonged to.
func (c *commit) isErased(project int64, e *event.Event) (bool, error) {
	if !c.anyErased || e.SentMS == 0 {
		return false, nil
	}
	for _, id := range []string{e.DistinctID, e.Alias} {
		if id == "" {
			continue
		}
		before, known := c.erasedBefore[visitor{project, id}]
		if !known {
			err := c.read(func(row *sqlite3.Stmt) bool { before = row.ColumnInt64(0); return false }, erasedSQL, project, hashOf(e.Token, id))
			if err != nil {
				return false, err
			}
			c.erasedBefore[visitor{project, id}] = before
		}
		if e.SentMS < before {
			return true, nil
		}
	}
	return false, nil
}

// Erase deletes what is stored of the person that an id belongs to: all ids, claims to and by them, profile and events. When it returns, the
// person's ids, claims and profile are gone, and events of theirs that a client sends again are not stored; the events are deleted by and by,
// as Erasure tells. Where nothing is known of the id, that is recorded too.
func (s *Store) Erase(ctx context.Context, token, id string) (erasure event.Erasure, err error) {
	err = s.do(ctx, func(c *commit) error {
		erasure, err = c.erase(token, id)
		return err
	})
	if err == nil {
		s.maintenance.wake()
	}
	return erasure, err
}

func (c *commit) erase(token, id string) (e event.Erasure, err error) {
	project, err := c.project(token)
	if err != nil {
		return e, err
	}
	ids, err := c.idsOfPerson(token, id)
	if err != nil {
		return e, err
	}
	e = event.Erasure{AskedMS: c.nowMS, IDs: len(ids)}
	if err := c.exec(`INSERT INTO erasures (project, asked_ms, ids, updates, events_to)
		VALUES (?, ?, ?, 0, (SELECT coalesce(max(id), 0) FROM events))`, project, c.nowMS, len(ids)); err != nil {
		return e, err
	}
	e.ID = c.conn.LastInsertRowID()
	for _, id := range ids {
		if err := c.exec(forgetUpdatesSQL, project, "", id); err != nil {
			return e, err
		}
		e.Updates += int(c.conn.Changes())
		for _, sql := range []string{
			"DELETE FROM claims WHERE project = ?1 AND alias = ?2", "DELETE FROM claims WHERE project = ?1 AND distinct_id = ?2",
			"DELETE FROM visitors WHERE project = ?1 AND distinct_id = ?2",
		} {
			if err := c.exec(sql, project, id); err != nil {
				return e, err
			}
		}
		err := c.exec(`INSERT INTO erased_ids (project, hash, before_ms, erasure) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET before_ms = excluded.before_ms, erasure = excluded.erasure`, project, hashOf(token, id), c.nowMS, e.ID)
		if err != nil {
			return e, err
		}
	}
	c.anyErased, c.erased = true, true
	clear(c.erasedBefore)
	return e, c.exec("UPDATE erasures SET updates = ? WHERE id = ?", e.Updates, e.ID)
}

// Erasures returns the deletions of persons of a project that were asked for, the newest first, at most limit.
func (s *Store) Erasures(ctx context.Context, token string, limit int) ([]event.Erasure, error) {
	list := []event.Erasure{}
	err := s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		list = append(list, event.Erasure{
			ID: row.ColumnInt64(0), AskedMS: row.ColumnInt64(1), DoneMS: row.ColumnInt64(2), IDs: row.ColumnInt(3), Updates: row.ColumnInt(4),
			Events: row.ColumnInt(5),
		})
		return true
	}, `SELECT id, asked_ms, done_ms, ids, updates, events FROM erasures WHERE project = (SELECT id FROM projects WHERE token = ?)
		ORDER BY id DESC LIMIT ?`, token, limit)
	if err != nil {
		return nil, fmt.Errorf("read the deletions: %w", err)
	}
	return list, nil
}
