package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/ncruces/go-sqlite3"
)

// readerPool has connections that only read. Each is opened when it is first needed.
type readerPool struct {
	uri  string
	idle chan *reader // nil stands for a connection that is not open yet
}

type reader struct {
	conn       *sqlite3.Conn
	statements map[string]*sqlite3.Stmt
}

// readers is how many connections serve those who read.
func readers() int { return max(2, runtime.GOMAXPROCS(0)) }

func newReaderPool(uri string, size int) *readerPool {
	r := &readerPool{uri: uri, idle: make(chan *reader, size)}
	for range cap(r.idle) {
		r.idle <- nil
	}
	return r
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
		conn, err := connect(p.uri, readerPragmas)
		if err != nil {
			return fmt.Errorf("open a reader: %w", err)
		}
		acquired = &reader{conn, map[string]*sqlite3.Stmt{}}
	}
	err := acquired.query(ctx, yield, sql, args...)
	healthy = acquired
	return err
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
