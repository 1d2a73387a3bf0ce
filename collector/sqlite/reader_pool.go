package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/ncruces/go-sqlite3"
)

// readerPool has connections that only read. They are opened at once, while nobody has had time to replace the files.
type readerPool struct {
	uri   string
	files fileIdentities
	idle  chan *reader // nil stands for a connection that is not open
}

type reader struct {
	conn       *sqlite3.Conn
	statements map[string]*sqlite3.Stmt
}

// readers is how many connections serve those who read.
func readers() int { return max(2, runtime.GOMAXPROCS(0)) }

func newReaderPool(uri string, files fileIdentities, size int) (*readerPool, error) {
	p := &readerPool{uri: uri, files: files, idle: make(chan *reader, size)}
	var errs error
	for range size {
		r, err := p.open()
		errs = errors.Join(errs, err)
		p.idle <- r
	}
	if errs != nil {
		return nil, errors.Join(errs, p.close())
	}
	return p, nil
}

// query runs a statement on an idle connection and calls yield with each row until it returns false. It is interrupted when ctx ends.
func (p *readerPool) query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) error {
	var acquired, healthy *reader
	select {
	case acquired = <-p.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	// After a panic healthy is still nil: the connection may be in any state, so that a new one is opened in its place.
	defer func() { p.idle <- healthy }()
	if acquired == nil {
		var err error
		if acquired, err = p.open(); err != nil {
			return err
		}
	}
	err := acquired.query(ctx, yield, sql, args...)
	healthy = acquired
	return err
}

// open opens a connection, and the log with it.
func (p *readerPool) open() (*reader, error) {
	// SQLite deletes the log beside an empty file when it first reads that, even if the log is the writer's and somebody has replaced the file.
	if err := p.files.check(); err != nil {
		return nil, err
	}
	conn, err := connect(p.uri, readerPragmas)
	if err != nil {
		return nil, fmt.Errorf("open a reader: %w", err)
	}
	r := &reader{conn, map[string]*sqlite3.Stmt{}}
	if _, err := queryInt(conn, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return nil, errors.Join(err, disconnect(conn))
	}
	return r, nil
}

func (r *reader) query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) (err error) {
	s := r.statements[sql]
	if s == nil {
		if s, _, err = r.conn.Prepare(sql); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		r.statements[sql] = s
	}
	defer r.conn.SetInterrupt(r.conn.SetInterrupt(ctx))
	defer func() { err = errors.Join(err, s.Reset()) }()
	if err := bind(s, args...); err != nil {
		return err
	}
	for s.Step() && yield(s) {
	}
	return s.Err()
}

func (p *readerPool) close() error {
	var errs error
	for range cap(p.idle) {
		if r := <-p.idle; r != nil {
			errs = errors.Join(errs, disconnect(r.conn))
		}
	}
	return errs
}
