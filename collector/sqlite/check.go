package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// ErrDamaged is returned where a part of the database's file is not what it was written as.
var ErrDamaged = errors.New("the database is damaged: restore it from a backup")

// Check reads the whole file of a database, which a collector may be using, and returns ErrDamaged if a page of it is damaged. It takes about
// as long as copying the file.
func Check(ctx context.Context, path string) error {
	path, err := realPath(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		// Without it, the check may still succeed, where a collector uses the database; if not, SQLite says what is missing.
		_ = createSharedMemory(path)
	}
	return check(ctx, uriOf(path)+"&mode=ro")
}

func check(ctx context.Context, uri string) error {
	found, err := quickCheck(ctx, uri)
	switch {
	case found != "" && found != "ok":
		return fmt.Errorf("%w (%s)", ErrDamaged, strings.Join(strings.Fields(found), " ")) // in one line
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("check the database: %w", err)
	}
	return nil
}

// quickCheck returns "ok", or the first damage that SQLite finds.
func quickCheck(ctx context.Context, uri string) (found string, err error) {
	conn, err := connect(uri, readerPragmas)
	if err != nil {
		return "", err
	}
	r := &reader{conn, map[string]*sqlite3.Stmt{}}
	err = r.query(ctx, func(row *sqlite3.Stmt) bool { found = row.ColumnText(0); return false }, "PRAGMA quick_check(1)")
	return found, errors.Join(err, disconnect(conn))
}
