package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/ncruces/go-sqlite3"
)

// readers are connections that only read, opened when they are first needed.
type readers struct {
	uri  string
	free chan *reader // nil stands for one that is not open yet
}

type reader struct {
	conn       *sqlite3.Conn
	statements map[string]*sqlite3.Stmt
}

func newReaders(uri string) *readers {
	r := &readers{uri: uri, free: make(chan *reader, max(2, runtime.GOMAXPROCS(0)))}
	for range cap(r.free) {
		r.free <- nil
	}
	return r
}

// query calls yield with each row of a query, until it returns false. It ends with ctx.
func (r *readers) query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) error {
	var one, back *reader
	select {
	case one = <-r.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.free <- back }() // After a panic it is nil: that connection is in no state to go on with.
	if one == nil {
		conn, err := connect(r.uri, readerPragmas)
		if err != nil {
			return fmt.Errorf("open a reader: %w", err)
		}
		one = &reader{conn, map[string]*sqlite3.Stmt{}}
	}
	err := one.query(ctx, yield, sql, args...)
	back = one
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

func (r *readers) close() error {
	var all error
	for range cap(r.free) {
		if one := <-r.free; one != nil {
			all = errors.Join(all, disconnect(one.conn))
		}
	}
	return all
}
