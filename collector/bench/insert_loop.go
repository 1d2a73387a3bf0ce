package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// The same durability and cache settings as the collector's (collector/sqlite/pragmas.go).
const pragmas = `PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000`

// insertLoop inserts the events in a loop, without HTTP, validation or concurrency: this is what the disk and the driver alone would allow.
// It returns how long each commit took.
func insertLoop(path string, events, batch int) (durations []time.Duration, err error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s is there already", path)
	}
	// The collector creates the tables, so that they are the same.
	store, err := openStore(path)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	conn, err := sqlite3.Open("file:" + path)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.Exec(pragmas); err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	insert, _, err := conn.Prepare(`INSERT INTO events (project, event, distinct_id, sent_ms, received_ms, insert_id, alias, properties)
		VALUES (1, ?, ?, ?, ?, ?, '', ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	defer func() { err = errors.Join(insert.Close(), err) }()
	for from := 0; from < events; from += batch {
		rows := make([]row, 0, batch)
		for n := from; n < min(from+batch, events); n++ {
			rows = append(rows, newRow(n, "bench"))
		}
		started := time.Now()
		if err := commit(conn, insert, rows); err != nil {
			return durations, err
		}
		durations = append(durations, time.Since(started))
	}
	return durations, nil
}

func commit(conn *sqlite3.Conn, insert *sqlite3.Stmt, rows []row) (err error) {
	tx, err := conn.BeginImmediate()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.End(&err)
	for _, r := range rows {
		err := errors.Join(
			insert.BindText(1, eventName), insert.BindText(2, r.distinctID), insert.BindInt64(3, r.ms), insert.BindInt64(4, r.ms),
			insert.BindText(5, r.insertID), insert.BindText(6, r.properties), insert.Exec(),
		)
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	return nil
}
