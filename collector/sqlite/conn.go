package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"
)

// connect opens a connection with its settings.
func connect(uri, pragmas string) (*sqlite3.Conn, error) {
	conn, err := sqlite3.Open(uri)
	if err != nil {
		return nil, err
	}
	if err := conn.Exec(pragmas); err != nil {
		return nil, errors.Join(fmt.Errorf("set up: %w", err), conn.Close())
	}
	return conn, nil
}

// disconnect closes a connection and its statements.
func disconnect(conn *sqlite3.Conn) error {
	for _, s := range slices.Collect(conn.Stmts()) { // The list is copied, because closing a statement reorders it.
		_ = s.Close() // Close repeats the error of the last execution, which was already returned.
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

func bind(s *sqlite3.Stmt, args ...any) error {
	for i, arg := range args {
		var err error
		switch value := arg.(type) {
		case string:
			err = s.BindText(i+1, value)
		case int64:
			err = s.BindInt64(i+1, value)
		case int:
			err = s.BindInt(i+1, value)
		case []byte:
			err = s.BindBlob(i+1, value)
		default:
			err = fmt.Errorf("a %T cannot be bound", arg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func execute(s *sqlite3.Stmt, args ...any) error {
	if err := bind(s, args...); err != nil {
		return err
	}
	return s.Exec()
}
