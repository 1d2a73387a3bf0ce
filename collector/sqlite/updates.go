package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
)

const (
	lastUpdateSQL = `SELECT id, summary, CASE summary WHEN 1 THEN octet_length(operations) ELSE summary_bytes END, updates_since, bytes_since
		FROM updates WHERE project = ?1 AND group_key = ?2 AND subject = ?3 ORDER BY id DESC LIMIT 1`
	addUpdateSQL = `INSERT INTO updates (project, group_key, subject, operations, received_ms, summary_bytes, updates_since, bytes_since)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	noteForgetSQL     = `UPDATE updates SET forget = id WHERE id = ?`
	forgetsSQL        = `SELECT 1 FROM updates WHERE project = ? AND forget > 0 LIMIT 1`
	subjectUpdatesSQL = `SELECT id, operations, summary FROM updates WHERE project = ?1 AND group_key = ?2 AND subject = ?3 ORDER BY id`
	summarizeSQL      = `UPDATE updates SET operations = ?2, summary = 1, updates_since = 0, bytes_since = 0,
		forget = (SELECT max(forget) FROM updates WHERE project = ?3 AND group_key = ?4 AND subject = ?5) WHERE id = ?1`
	dropSummarizedSQL = `DELETE FROM updates WHERE project = ?1 AND group_key = ?2 AND subject = ?3 AND id < ?4`
	forgetUpdatesSQL  = `DELETE FROM updates WHERE project = ?1 AND group_key = ?2 AND subject = ?3`
)

// A summary is made of a profile's updates once there are this many, or as many bytes, since the last one. A large summary is made of more of
// them, so that an update costs what it weighs and not what the profile does.
const (
	summarizeUpdates = 64
	summarizeBytes   = 256 << 10
	bytesPerUpdate   = 256 // of the last summary, for each update that the next one waits for
	// A summary waits this many times longer while what a $delete forgets is being deleted: what came before it must not be summed up with what
	// came after it.
	whileForgetting = 4
)

func (c *commit) addUpdate(u *event.Update) error {
	project, err := c.project(u.Token)
	if err != nil {
		return err
	}
	if u.TimeMS != 0 && u.GroupKey == "" {
		if erased, err := c.isErased(project, u.Token, u.TimeMS, u.Subject); erased || err != nil {
			return err
		}
	}
	if u.Deletes {
		if err := c.exec(forgetUpdatesSQL, project, u.GroupKey, u.Subject); err != nil {
			return err
		}
	}
	var summaryBytes, updates, bytes int64
	err = c.read(func(row *sqlite3.Stmt) bool {
		summaryBytes, updates, bytes = row.ColumnInt64(2), row.ColumnInt64(3), row.ColumnInt64(4)
		return false
	}, lastUpdateSQL, project, u.GroupKey, u.Subject)
	if err != nil {
		return err
	}
	updates, bytes = updates+1, bytes+int64(len(u.Operations))
	if err := execute(c.statements.addUpdate, project, u.GroupKey, u.Subject, u.Operations, c.nowMS, summaryBytes, updates, bytes); err != nil {
		return err
	}
	id := c.conn.LastInsertRowID()
	if u.Deletes && u.GroupKey == "" {
		c.forgets = true // A person may have other ids, which are too many to be looked for now.
		if err := c.exec(noteForgetSQL, id); err != nil {
			return err
		}
	}
	enough := max(float64(updates)/float64(max(summarizeUpdates, summaryBytes/bytesPerUpdate)), float64(bytes)/float64(max(summarizeBytes, summaryBytes)))
	if enough < 1 {
		return nil
	}
	if enough < whileForgetting && u.GroupKey == "" {
		forgetting := false
		if err := c.read(func(*sqlite3.Stmt) bool { forgetting = true; return false }, forgetsSQL, project); err != nil || forgetting {
			return err
		}
	}
	return c.summarize(project, u, id)
}

// summarize replaces the updates of a profile, the last of which has this id, by a summary in the place of the last one.
func (c *commit) summarize(project int64, u *event.Update, id int64) error {
	summary := people.NewSummary()
	var bad error
	err := c.read(func(row *sqlite3.Stmt) bool {
		bad = summary.ApplyUpdate(updateOf(row))
		return bad == nil
	}, subjectUpdatesSQL, project, u.GroupKey, u.Subject)
	if err != nil {
		return err
	}
	if bad != nil {
		return bad
	}
	text, err := summary.Summary()
	if err != nil {
		return err
	}
	if err := c.exec(summarizeSQL, id, text, project, u.GroupKey, u.Subject); err != nil {
		return err
	}
	return c.exec(dropSummarizedSQL, project, u.GroupKey, u.Subject, id)
}

// updateOf returns the update of a row with its id, operations and summary.
func updateOf(row *sqlite3.Stmt) people.Update {
	return people.Update{At: row.ColumnInt64(0), Operations: row.ColumnText(1), IsSummary: row.ColumnBool(2)}
}

// read reads what this transaction sees.
func (c *commit) read(yield func(*sqlite3.Stmt) bool, sql string, args ...any) error {
	return c.reader.query(context.Background(), yield, sql, args...)
}

// exec executes a statement.
func (c *commit) exec(sql string, args ...any) error {
	return c.read(func(*sqlite3.Stmt) bool { return true }, sql, args...)
}
