package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
)

const (
	pendingForgetSQL = `SELECT forget, project, token, subject FROM updates AS u JOIN projects AS p ON p.id = project WHERE forget > 0 ORDER BY u.id LIMIT 1`
	forgetBeforeSQL  = `DELETE FROM updates WHERE project = ?1 AND group_key = '' AND subject IN (SELECT value FROM json_each(?2)) AND id < ?3`
	// summariesSQL finds summaries that may also have what was before.
	summariesSQL = `SELECT id, operations FROM updates
		WHERE project = ?1 AND group_key = '' AND subject IN (SELECT value FROM json_each(?2)) AND id > ?3 AND summary = 1`
	rewriteSQL   = `UPDATE updates SET operations = ?2 WHERE id = ?1`
	forgottenSQL = `UPDATE updates SET forget = 0 WHERE project = ?1 AND group_key = '' AND subject = ?2 AND forget = ?3`
)

// How many profiles are forgotten, and for how long, before persons and old events have their turn: anybody can send $delete without end, also for
// a person of very many ids.
const (
	forgottenAtOnce = 100
	forgettingTime  = 5 * time.Second
)

// forgetProfiles deletes what the other ids of a person had in their profile when a $delete came for one of them. A reader does not see it any
// more, but it is there.
func (m *maintenance) forgetProfiles() error {
	until := time.Now().Add(forgettingTime)
	for forgotten := 0; forgotten < forgottenAtOnce && time.Now().Before(until); forgotten++ {
		var id, project int64
		var token, subject string
		err := m.store.readers.query(m.ctx, func(row *sqlite3.Stmt) bool {
			id, project, token, subject = row.ColumnInt64(0), row.ColumnInt64(1), row.ColumnText(2), row.ColumnText(3)
			return false
		}, pendingForgetSQL)
		if err != nil || id == 0 {
			return err
		}
		if err := m.forgetBefore(id, project, token, subject); err != nil {
			return err
		}
	}
	m.wake()
	return nil
}

// forgetBefore deletes the updates of a person before that of a $delete, which had this id.
func (m *maintenance) forgetBefore(id, project int64, token, subject string) error {
	ids, err := store.IDsOfPerson(m.ctx, m.store.Claims(), token, subject)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		some := ids[:min(len(ids), people.MaxPageIDs)]
		ids = ids[len(some):]
		list, err := json.Marshal(some)
		if err != nil {
			return fmt.Errorf("list the ids: %w", err)
		}
		if err := m.store.do(m.ctx, func(c *commit) error { return c.forgetBefore(project, string(list), id) }); err != nil {
			return err
		}
	}
	return m.store.do(m.ctx, func(c *commit) error { return c.exec(forgottenSQL, project, subject, id) })
}

// forgetBefore deletes the updates of these ids before that one, also out of summaries.
func (c *commit) forgetBefore(project int64, ids string, id int64) error {
	if err := c.exec(forgetBeforeSQL, project, ids, id); err != nil {
		return err
	}
	summaries := map[int64]string{}
	err := c.read(func(row *sqlite3.Stmt) bool { summaries[row.ColumnInt64(0)] = row.ColumnText(1); return true }, summariesSQL, project, ids, id)
	if err != nil {
		return err
	}
	for row, text := range summaries {
		rest, err := people.ForgetBefore(text, id)
		if err != nil {
			return err
		}
		if err := c.exec(rewriteSQL, row, rest); err != nil {
			return err
		}
	}
	return nil
}
