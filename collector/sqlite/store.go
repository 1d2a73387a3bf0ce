// Package sqlite stores events, claims and profile updates in a SQLite database. One writer commits the requests of many clients together;
// several connections read. It does not validate events (package ingest) and does not resolve aliases (package people). Read Store first,
// then writer.go; package groupcommit has the line in front of the writer.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/groupcommit"
)

// Config is the configuration of a Store.
type Config struct {
	Path string // of the database file
	// OnCommit is called after each commit, in the order of commits, before the requests of that commit are answered.
	OnCommit func(event.Changes)
	// Committed is called after each commit with what it did, if it is not nil.
	Committed func(event.Commit)
	// Retention is how long the events of a project are kept after they came, by token; that of "*" is for all others. 0 stands for ever.
	Retention map[string]time.Duration
	// CheckInterval is how often the file is looked through for damage; 0 stands for never.
	CheckInterval time.Duration
	Log           *slog.Logger
	Now           func() time.Time
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	config  Config
	readers *readerPool
	// reservedReader answers questions of those who write.
	reservedReader *readerPool
	writer         *writer
	queue          *groupcommit.Queue[task]
	failures       groupcommit.FailureLog
	lock           *os.File // keeps other collectors from using the database
	maintenance    *maintenance
	erasing        sync.RWMutex // held for reading while a person's ids are being deleted
}

// ErrClosed is returned for a batch that comes after Close.
var ErrClosed = groupcommit.ErrClosed

// ErrInUse is returned when another collector has the database open: neither would learn of the aliases that the other accepts.
var ErrInUse = errors.New("another collector is using this database: stop it, or choose another file")

// Open opens the database, and creates or migrates it if necessary.
func Open(config Config) (*Store, error) {
	path, err := realPath(config.Path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", config.Path, err)
	}
	config.Path = path
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	lock, err := acquireLock(path) // before a migration, which would change the tables under a collector that uses them
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s, err := openURI(config, uriOf(path))
	if err != nil {
		if denied := checkAccess(path); denied != nil {
			err = fmt.Errorf("open %s: %w", path, denied)
		}
		return nil, errors.Join(err, lock.Close())
	}
	s.lock = lock
	warnIfReadable(path, config.Log)
	s.maintenance.start()
	return s, nil
}

func openURI(config Config, uri string) (*Store, error) {
	writer, err := newWriter(config.Path, uri)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", config.Path, err)
	}
	pool, err := newReaderPool(uri, writer.files, readers())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", config.Path, errors.Join(err, disconnect(writer.conn)))
	}
	reserved, err := newReaderPool(uri, writer.files, 1)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", config.Path, errors.Join(err, pool.close(), disconnect(writer.conn)))
	}
	s := &Store{
		config:         config,
		readers:        pool,
		reservedReader: reserved,
		writer:         writer,
		failures:       groupcommit.FailureLog{Log: config.Log, Now: config.Now},
	}
	s.failures.More = s.failureAttrs
	s.maintenance = newMaintenance(s, uri)
	s.queue = groupcommit.New(groupcommit.Gathering{}, s.commit)
	return s, nil
}

// Store stores a batch and returns once it is on the disk. Events that are already stored are not stored again. If ctx ends before the
// writer has begun with the batch, it is not stored and Store returns an error; a batch that the writer has begun with is waited for.
func (s *Store) Store(ctx context.Context, batch event.Batch) error {
	return s.queue.Do(ctx, batch, nil)
}

// do runs a task in the writer, in a transaction of its own or together with batches. It must be short: batches wait for it.
func (s *Store) do(ctx context.Context, task func(*commit) error) error {
	return s.queue.Do(ctx, event.Batch{}, task)
}

// Close commits what has been queued, then closes the database.
func (s *Store) Close() error {
	s.maintenance.stop()
	s.queue.Close()
	err := errors.Join(s.readers.close(), s.reservedReader.close(), disconnect(s.writer.conn))
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}
