package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"
)

var (
	// ErrExists is returned where a backup would overwrite a file.
	ErrExists = errors.New("the file exists: choose another name")
	// ErrEmpty is returned for a database that has never been a collector's.
	ErrEmpty = errors.New("the database is empty")
)

// copiedPages is how many pages are copied at a time, between which the copying can be interrupted.
const copiedPages = 1024

// Backup copies a database, which a collector may be using, into a new file: as it is at one moment, with what is still in its log. The file is
// there only once it is complete, on the disk, and was read without finding damage. While it copies, the log is not emptied.
func Backup(ctx context.Context, path, to string) error {
	path, err := realPath(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s: %w", to, ErrExists)
	}
	temporary, err := copyDatabase(ctx, path, to)
	if err != nil {
		return err
	}
	if err := moveTo(temporary, to); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(to)
}

// copyDatabase copies a database to a temporary file in the folder of another one, and checks it.
func copyDatabase(ctx context.Context, path, beside string) (_ string, err error) {
	if _, err := os.Stat(path); err != nil { // SQLite says only that it cannot open it.
		return "", fmt.Errorf("open the database: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(beside), filepath.Base(beside)+".*.partial") // for this user alone
	if err != nil {
		return "", fmt.Errorf("create a copy: %w", err)
	}
	temporary := file.Name()
	defer func() {
		if err != nil {
			for _, name := range []string{temporary, temporary + "-wal", temporary + "-shm", temporary + "-journal"} {
				_ = os.Remove(name)
			}
		}
	}()
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := copyPages(ctx, path, temporary); err != nil {
		return "", fmt.Errorf("copy %s: %w", path, cmp.Or(asDamage(err), err))
	}
	if err := becomeOneFile(temporary); err != nil {
		return "", fmt.Errorf("finish the copy: %w", err)
	}
	if err := check(ctx, uriOf(temporary)+"&mode=ro"); err != nil {
		return "", fmt.Errorf("the copy of %s: %w", path, err)
	}
	if err := file.Sync(); err != nil {
		return "", fmt.Errorf("write the copy: %w", err)
	}
	return temporary, nil
}

// copyPages copies a database into an empty file. One read transaction around it all keeps the state of one moment: without it, each commit of a
// collector would make the copying begin again.
func copyPages(ctx context.Context, path, to string) (err error) {
	_ = createSharedMemory(path) // as in Check
	conn, err := connect(uriOf(path)+"&mode=ro", readerPragmas)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disconnect(conn)) }()
	if err := conn.Exec("BEGIN"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	version, err := schemaVersion(conn)
	if err == nil && version == 0 {
		err = ErrEmpty
	}
	if err != nil {
		return err
	}
	backup, err := conn.BackupInit("main", uriOf(to))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err = backup.Step(copiedPages); err != nil {
			return err
		}
	}
	return nil
}

// becomeOneFile moves what a database has in its log into the database's own file, so that there is no log. A collector that opens it makes one.
func becomeOneFile(path string) (err error) {
	conn, err := connect(uriOf(path), "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000; PRAGMA trusted_schema = OFF")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disconnect(conn)) }()
	s, _, err := conn.Prepare("PRAGMA journal_mode = DELETE")
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if s.Step() && s.ColumnText(0) != "delete" {
		return errInUseByOthers
	}
	if err := s.Err(); errors.Is(err, sqlite3.BUSY) {
		return errInUseByOthers
	} else if err != nil {
		return err
	}
	return nil
}

// asDamage returns ErrDamaged for an error which says that a file is no database, or that a part of it is damaged; nil for others.
func asDamage(err error) error {
	if errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.NOTADB) {
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return nil
}

// moveTo gives a file its name, which no other file may have.
func moveTo(temporary, to string) error {
	switch err := os.Link(temporary, to); {
	case err == nil:
		return os.Remove(temporary)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w", to, ErrExists)
	}
	return os.Rename(temporary, to) // A file system without links.
}

// syncFolder makes the names in a file's folder last through a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	defer func() { _ = folder.Close() }()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	return nil
}
