package sqlite

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

const erasedSQL = `SELECT before_ms FROM erased_ids WHERE project = ? AND hash = ?`

// isErased reports whether something that happened at that time is of before the deletion of the person that one of these ids belonged to.
func (c *commit) isErased(project int64, token string, timeMS int64, ids ...string) (bool, error) {
	if !c.anyErased {
		return false, nil
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		before, known := c.erasedBefore[visitor{project, id}]
		if !known {
			err := c.read(func(row *sqlite3.Stmt) bool { before = row.ColumnInt64(0); return false }, erasedSQL, project, store.HashOf(token, id))
			if err != nil {
				return false, err
			}
			c.erasedBefore[visitor{project, id}] = before
		}
		if timeMS < before {
			return true, nil
		}
	}
	return false, nil
}

// erasedAtOnce is how many ids of a person one transaction deletes: batches wait for it.
const erasedAtOnce = 500

// Erase deletes what is stored of the person that an id belongs to: all ids, claims to and by them, profile and events. When it returns, the
// person's ids, claims and profile are gone, and events of theirs that a client sends again are not stored; the events are deleted by and by,
// as Erasure tells. Where nothing is known of the id, that is recorded too. If it fails, what was deleted stays deleted, and it can be called again.
func (s *Store) Erase(ctx context.Context, token, id string) (event.Erasure, error) {
	defer s.maintenance.wake()
	s.erasing.RLock()
	defer s.erasing.RUnlock()
	ids, err := store.IDsOfPerson(ctx, s.Claims(), token, id)
	if err != nil {
		return event.Erasure{}, err
	}
	e, original := &erasing{token: token}, ids[0]
	// Aliases go before what they are aliases of, so that those that are left are one person still.
	for ; len(ids) > erasedAtOnce; ids = ids[:len(ids)-erasedAtOnce] {
		last := ids[len(ids)-erasedAtOnce:]
		if err := s.eraseLost(ctx, token, last); err != nil {
			return event.Erasure{}, err
		}
		if err := s.do(ctx, func(c *commit) error { return e.erase(c, last) }); err != nil {
			return event.Erasure{}, fmt.Errorf("delete some ids of a person: %w", err)
		}
	}
	if err := s.eraseLost(ctx, token, ids); err != nil {
		return event.Erasure{}, err
	}
	err = s.do(ctx, func(c *commit) error {
		// Those that came meanwhile too. Other requests are in this transaction, so that it must not be interrupted.
		ids, err := store.AllMembers(context.WithoutCancel(ctx), Claims{c.reader}, token, original)
		if err != nil {
			return err
		}
		if err := e.erase(c, ids); err != nil {
			return err
		}
		return c.exec("UPDATE erasures SET events_to = ("+newestEventSQL+") WHERE id = ?", e.ID)
	})
	if err != nil {
		return event.Erasure{}, fmt.Errorf("delete a person: %w", err)
	}
	return e.Erasure, nil
}

// erasing is an erasure whose ids are being deleted.
type erasing struct {
	event.Erasure
	token string
}

func (e *erasing) erase(c *commit, ids []string) error {
	project, err := c.project(e.token)
	if err != nil {
		return err
	}
	if e.ID == 0 {
		err := c.exec("INSERT INTO erasures (project, asked_ms, ids, updates, events_to) VALUES (?, ?, 0, 0, -1)", project, c.nowMS)
		if err != nil {
			return err
		}
		e.ID, e.AskedMS = c.conn.LastInsertRowID(), c.nowMS
	}
	newest := int64(0)
	if err := c.read(func(row *sqlite3.Stmt) bool { newest = row.ColumnInt64(0); return true }, newestEventSQL); err != nil {
		return err
	}
	for _, id := range ids {
		delete(c.eventCounts, visitor{project, id}) // of this transaction
		if err := c.exec(forgetUpdatesSQL, project, "", id); err != nil {
			return err
		}
		e.Updates += int(c.conn.Changes())
		for _, sql := range []string{
			"DELETE FROM claims WHERE project = ?1 AND alias = ?2", "DELETE FROM claims WHERE project = ?1 AND distinct_id = ?2",
			"DELETE FROM visitors WHERE project = ?1 AND distinct_id = ?2",
		} {
			if err := c.exec(sql, project, id); err != nil {
				return err
			}
		}
		err := c.exec(`INSERT INTO erased_ids (project, hash, before_ms, erasure, counted_to) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET before_ms = excluded.before_ms, erasure = excluded.erasure, counted_to = excluded.counted_to`,
			project, store.HashOf(e.token, id), c.nowMS, e.ID, newest)
		if err != nil {
			return err
		}
	}
	e.IDs += len(ids)
	c.anyErased, c.erased = true, true
	c.changedTokens[e.token] = struct{}{}
	clear(c.erasedBefore)
	return c.exec("UPDATE erasures SET ids = ?, updates = ? WHERE id = ?", e.IDs, e.Updates, e.ID)
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
