package sqlite

import (
	"embed"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// migrations has one script for each version of the schema: 1.sql creates version 1, the others upgrade from the version before. PRAGMA
// user_version is the version of a database. Scripts that were released never change; only add new ones.
//
//go:embed migrations/*.sql
var migrations embed.FS

// latestSchema is the newest schema that this program knows.
const latestSchema = 4

// applicationID marks the file's header as ours: "Thrl".
const applicationID = 0x5468726c

// ErrForeign is returned for a database of another program, which is left untouched.
var ErrForeign = errors.New("it is a SQLite database of another program")

// migrate upgrades the database to latestSchema, in one transaction.
func migrate(c *sqlite3.Conn) (err error) {
	tx, err := c.BeginImmediate()
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	defer tx.End(&err)
	current, err := schemaVersion(c)
	if err != nil {
		return err
	}
	for next := current + 1; next <= latestSchema; next++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%d.sql", next))
		if err != nil {
			return fmt.Errorf("find migration %d: %w", next, err)
		}
		if err := c.Exec(string(script)); err != nil {
			return fmt.Errorf("migrate to version %d: %w", next, err)
		}
	}
	if current == latestSchema {
		return nil
	}
	if err := c.Exec(fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", latestSchema, applicationID)); err != nil {
		return fmt.Errorf("note version %d: %w", latestSchema, err)
	}
	return nil
}

// schemaVersion returns the version of the database's schema, 0 for an empty file.
func schemaVersion(c *sqlite3.Conn) (int, error) {
	var current, appID, tables int
	for pragma, to := range map[string]*int{
		"PRAGMA user_version": &current, "PRAGMA application_id": &appID, "SELECT count(*) FROM sqlite_schema": &tables,
	} {
		n, err := queryInt(c, pragma)
		if err != nil {
			return 0, err
		}
		*to = n
	}
	switch {
	case appID != applicationID && (appID != 0 || current != 0 || tables != 0):
		return 0, ErrForeign
	case current > latestSchema:
		return 0, fmt.Errorf("its schema is version %d, and this collector knows up to %d: it was written by a newer one", current, latestSchema)
	}
	return current, nil
}

func queryInt(c *sqlite3.Conn, sql string) (int, error) {
	s, _, err := c.Prepare(sql)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", sql, err)
	}
	defer func() { _ = s.Close() }()
	n := 0
	if s.Step() {
		n = s.ColumnInt(0)
	}
	if err := s.Err(); err != nil {
		return 0, fmt.Errorf("%s: %w", sql, err)
	}
	return n, nil
}
