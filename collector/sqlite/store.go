// Package sqlite keeps events in a SQLite database: one writer that commits many requests at once, many readers.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // in pure Go: the collector is one binary without a C library

	"github.com/throughline/throughline/collector/ingest"
)

// Row is a stored event.
type Row struct {
	ID         int64
	Event      string
	DistinctID string
	TimeMS     int64
	InsertID   string
	Alias      string
	Properties string // JSON
	Token      string
}

// Batch is what one request wants stored. It is stored whole, or not at all.
type Batch struct {
	Events  []ingest.Event
	Updates []ingest.Update
}

// ErrClosed is what a batch gets that comes after Close.
var ErrClosed = errors.New("the store is closed")

// Store is the database.
type Store struct {
	db     *sql.DB // readers
	writer *sql.DB
	queue  chan job
	closed chan struct{}
	done   chan struct{}
	stored func([]Row)
}

type job struct {
	batch Batch
	done  chan result
}

type result struct {
	rows []Row
	err  error
}

// Open opens or creates the database. stored is called after each commit, in order, with the events that are new, before those who
// sent them get their answer.
func Open(path string, stored func([]Row)) (*Store, error) {
	uri := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + pragmas
	writer, err := sql.Open("sqlite", uri)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	if err := migrate(writer); err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", uri+"&_pragma=query_only(true)")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(max(4, runtime.NumCPU()))
	s := &Store{db: db, writer: writer, queue: make(chan job, 1024), closed: make(chan struct{}), done: make(chan struct{}), stored: stored}
	go s.write()
	return s, nil
}

func migrate(db *sql.DB) error {
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if version > len(migrations) {
		return fmt.Errorf("its schema is version %d, and this program knows %d: it was written by a newer one", version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		tx, err := db.Begin()
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		if _, err := tx.Exec(migrations[version]); err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
		if _, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("note version %d: %w", version+1, err)
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("commit version %d: %w", version+1, err)
		}
	}
	return nil
}

// Store stores a batch, and returns once it is committed. The rows are the events that were not there before.
func (s *Store) Store(ctx context.Context, batch Batch) ([]Row, error) {
	j := job{batch, make(chan result, 1)}
	select {
	case <-s.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case s.queue <- j:
	case <-s.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case r := <-j.done:
		return r.rows, r.err
	case <-s.done:
		select {
		case r := <-j.done:
			return r.rows, r.err
		default:
			return nil, ErrClosed
		}
	}
}

// Close stores what was taken, and closes the database.
func (s *Store) Close() error {
	close(s.closed)
	<-s.done
	return errors.Join(s.db.Close(), s.writer.Close())
}

const mostJobs = 256 // in one commit

func (s *Store) write() {
	defer close(s.done)
	for {
		select {
		case j := <-s.queue:
			s.commit(s.gather(j))
		case <-s.closed:
			for {
				select {
				case j := <-s.queue:
					s.commit(s.gather(j))
				default:
					return
				}
			}
		}
	}
}

// gather takes the requests that came while the last commit waited for the disk.
func (s *Store) gather(first job) []job {
	jobs := []job{first}
	for len(jobs) < mostJobs {
		select {
		case j := <-s.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

func (s *Store) commit(jobs []job) {
	results, err := s.insert(jobs)
	if err != nil && len(jobs) > 1 {
		for _, j := range jobs { // One of them may be to blame: each for itself.
			s.commit([]job{j})
		}
		return
	}
	var all []Row
	for _, rows := range results {
		all = append(all, rows...)
	}
	if err == nil && len(all) > 0 {
		s.stored(all)
	}
	for i, j := range jobs {
		if err != nil {
			j.done <- result{err: err}
		} else {
			j.done <- result{rows: results[i]}
		}
	}
}

func (s *Store) insert(jobs []job) ([][]Row, error) {
	tx, err := s.writer.Begin()
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	event, err := tx.Prepare(`INSERT INTO events (token, event, distinct_id, time_ms, insert_id, alias, properties, received_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	defer func() { _ = event.Close() }()
	now := time.Now().UnixMilli()
	results := make([][]Row, len(jobs))
	for i, j := range jobs {
		for _, e := range j.batch.Events {
			r, err := event.Exec(e.Token, e.Name, e.DistinctID, e.TimeMS, e.InsertID, e.Alias, e.Properties, now)
			if err != nil {
				return nil, fmt.Errorf("insert an event: %w", err)
			}
			if n, err := r.RowsAffected(); err != nil || n == 0 {
				continue
			}
			id, err := r.LastInsertId()
			if err != nil {
				return nil, fmt.Errorf("read the event's id: %w", err)
			}
			results[i] = append(results[i], Row{id, e.Name, e.DistinctID, e.TimeMS, e.InsertID, e.Alias, e.Properties, e.Token})
		}
		for _, u := range j.batch.Updates {
			if _, err := tx.Exec(`INSERT INTO updates (token, grp, distinct_id, operations, received_ms) VALUES (?, ?, ?, ?, ?)`,
				u.Token, u.Group, u.DistinctID, u.Operations, now); err != nil {
				return nil, fmt.Errorf("insert an update: %w", err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return results, nil
}
