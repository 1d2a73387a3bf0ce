package sqlite

import (
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

const (
	newestEventSQL = `SELECT coalesce(max(id), 0) FROM events`
	noteGivenSQL   = `UPDATE event_ids SET given = max(given, (` + newestEventSQL + `))`
	nextGivenSQL   = `SELECT CASE WHEN given > (` + newestEventSQL + `) THEN given + 1 ELSE 0 END FROM event_ids`
	// deleteEventsSQL deletes events; use deleteEvents.
	deleteEventsSQL = `DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))`
)

// deleteEvents deletes events. Their ids are not given again.
func (c *commit) deleteEvents(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("list the events: %w", err)
	}
	if err := c.exec(noteGivenSQL); err != nil {
		return err
	}
	c.newestKnown = false
	return c.exec(deleteEventsSQL, string(list))
}

// uncount takes events that were deleted, or will be, from the numbers of events of these ids.
func (c *commit) uncount(project int64, counts map[string]int) error {
	for id, events := range counts {
		if err := c.exec(uncountSQL, project, id, events); err != nil {
			return err
		}
		if err := c.exec(dropVisitorSQL, project, id); err != nil {
			return err
		}
	}
	return nil
}

// nextEventID returns the id for the next event, 0 where SQLite's own choice was never given before.
func (c *commit) nextEventID() (id int64, err error) {
	if !c.newestKnown {
		err = c.read(func(row *sqlite3.Stmt) bool { id = row.ColumnInt64(0); return true }, nextGivenSQL)
	}
	return id, err
}
