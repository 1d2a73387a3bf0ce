// Package sqlite keeps events in a SQLite database: one writer that commits the requests of many clients at once, many readers.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/throughline/throughline/collector/event"
)

// Config is what a Store needs.
type Config struct {
	Path string // of the database file
	// Committed is called after each commit, in their order, before those who asked for it get their answer.
	OnCommit func(event.Changes)
	Log      *slog.Logger
	Now      func() time.Time
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	config  Config
	readers *readerPool
	writer  *writer
	queue   chan *job
	closing chan struct{}
	done    chan struct{} // the writer has stopped
	lock    *os.File      // the lock that keeps other collectors out
}

// ErrClosed is what comes of a batch that comes after Close.
var ErrClosed = errors.New("the store is closed")

// waiting is how many requests may wait in line; the others wait to get into it.
const queueLength = 1024

// ErrInUse is why a second collector does not open a database: it would not hear of the aliases that the first one takes.
var ErrInUse = errors.New("another collector is using this database: stop it, or choose another file")

// Open opens the database, and creates or migrates it where needed.
func Open(config Config) (*Store, error) {
	s, err := openURI(config, "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(config.Path))
	if err != nil {
		return nil, err
	}
	if s.lock, err = acquireLock(config.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", config.Path, err), s.Close())
	}
	return s, nil
}

func openURI(config Config, uri string) (*Store, error) {
	writer, err := newWriter(config.Path, uri)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", config.Path, err)
	}
	s := &Store{
		config:  config,
		readers: newReaderPool(uri),
		writer:  writer,
		queue:   make(chan *job, queueLength),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	go s.writeLoop()
	return s, nil
}

// Store keeps a batch, and returns once it is on the disk. Events that are there already are not kept again. A batch that the writer
// has not begun with when ctx ends is given up; one that it has is waited for.
func (s *Store) Store(ctx context.Context, batch event.Batch) error {
	j := newJob(batch)
	select {
	case s.queue <- j:
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("wait in line: %w", ctx.Err())
	}
	var giveUpErr error
	select {
	case err := <-j.done:
		return err
	case <-s.done:
		giveUpErr = ErrClosed
	case <-ctx.Done():
		giveUpErr = fmt.Errorf("wait for the writer: %w", ctx.Err())
	}
	if j.trySettle() {
		return giveUpErr
	}
	return <-j.done
}

// Close keeps what was taken, then closes the database.
func (s *Store) Close() error {
	close(s.closing)
	<-s.done
	err := errors.Join(s.readers.close(), disconnect(s.writer.conn))
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}
