package sqlite

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
)

// writer is the only connection that writes.
type writer struct {
	conn       *sqlite3.Conn
	files      fileIdentities
	projects   map[string]int64 // token to id
	statements struct{ addProject, findProject, addEvent, addClaim, countVisitor, addUpdate *sqlite3.Stmt }
	reader     *reader // reads what this connection has written, within a transaction
	anyErased  bool    // whether somebody was ever erased
	// newestKnown is whether the newest event that was ever stored is there, so that SQLite's choice of the next id is right.
	newestKnown bool
}

func newWriter(path, uri string) (_ *writer, err error) {
	conn, err := connect(uri, writerPragmas)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, projects: map[string]int64{}, reader: &reader{conn, map[string]*sqlite3.Stmt{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, disconnect(conn))
		}
	}()
	if _, err := schemaVersion(conn); err != nil { // before anything is changed
		return nil, err
	}
	if err := enableWAL(conn); err != nil {
		return nil, err
	}
	if err := migrate(conn); err != nil {
		return nil, err
	}
	if w.files, err = identifyFiles(path); err != nil {
		return nil, err
	}
	n, err := queryInt(conn, "SELECT EXISTS (SELECT 1 FROM erased_ids)")
	if err != nil {
		return nil, err
	}
	w.anyErased = n > 0
	return w, w.prepareStatements()
}

func enableWAL(conn *sqlite3.Conn) error {
	s, _, err := conn.Prepare(walMode)
	if err != nil {
		return fmt.Errorf("turn on the write-ahead log: %w", err)
	}
	defer func() { _ = s.Close() }()
	if s.Step() && s.ColumnText(0) != "wal" {
		return errors.New("no write-ahead log is possible there: it needs a local file system")
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("turn on the write-ahead log: %w", err)
	}
	return nil
}

func (w *writer) prepareStatements() error {
	s := &w.statements
	for _, p := range []struct {
		to  **sqlite3.Stmt
		sql string
	}{
		{&s.addProject, "INSERT INTO projects (token) VALUES (?) ON CONFLICT DO NOTHING"},
		{&s.findProject, "SELECT id FROM projects WHERE token = ?"},
		{&s.addEvent, `INSERT INTO events (id, project, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties, clock_ms)
			VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`},
		{&s.addClaim, `INSERT INTO claims (project, alias, distinct_id, time_ms, insert_id, first)
			SELECT ?1, ?2, ?3, ?4, ?5, NOT EXISTS (SELECT 1 FROM claims WHERE project = ?1 AND alias = ?2)
			WHERE NOT EXISTS (SELECT 1 FROM claims WHERE project = ?1 AND distinct_id = ?3 AND first = 1 AND alias = ?2)
			ON CONFLICT DO NOTHING`},
		{&s.countVisitor, `INSERT INTO visitors (project, distinct_id, events) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET events = events + excluded.events`},
		{&s.addUpdate, addUpdateSQL},
	} {
		var err error
		if *p.to, _, err = w.conn.Prepare(p.sql); err != nil {
			return fmt.Errorf("prepare a statement: %w", err)
		}
	}
	return nil
}

// committed is what a transaction did.
type committed struct {
	changes event.Changes
	counts  event.Commit
	forgets bool // a person's profile was deleted
}

// insert stores the jobs' batches in one transaction: all of them or none.
func (w *writer) insert(jobs []*job, nowMS int64) (done committed, err error) {
	tx, err := w.conn.BeginImmediate()
	if err != nil {
		return committed{}, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		tx.End(&err)
		if err != nil {
			clear(w.projects) // Projects that the failed transaction had created do not exist.
			w.newestKnown = false
		}
	}()
	if err := w.files.check(); err != nil {
		return committed{}, err
	}
	c := commit{writer: w, nowMS: nowMS, eventCounts: map[visitor]int64{}, erasedBefore: map[visitor]int64{}, changedTokens: map[string]struct{}{}}
	for _, j := range jobs {
		if j.Task != nil {
			if err := j.Task(&c); err != nil {
				return committed{}, err
			}
		}
		for i := range j.Batch.Events {
			if err := c.addEvent(&j.Batch.Events[i]); err != nil {
				return committed{}, fmt.Errorf("insert an event: %w", err)
			}
		}
		for i := range j.Batch.Updates {
			if err := c.addUpdate(&j.Batch.Updates[i]); err != nil {
				return committed{}, fmt.Errorf("insert an update: %w", err)
			}
			c.counts.Updates++
		}
	}
	return committed{c.changes(), c.counts, c.forgets}, c.addEventCounts()
}
