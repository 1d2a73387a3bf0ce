package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// errInUseByOthers is returned where a program that is no collector has the database open.
var errInUseByOthers = errors.New("another program has the database open: close it first")

// Restore puts a copy of a backup in the place of a database. No collector may be using that. The copy is made beside it and looked through for
// damage first: until then, and wherever something fails, the database stays as it was. It is then kept under another name, which is returned; ""
// where there was none. At every moment there is a whole database, the old one or the restored one, so that a collector which is started too early
// never begins with an empty one.
func Restore(ctx context.Context, backup, path string) (kept string, err error) {
	if path, err = realPath(path); err != nil {
		return "", err
	}
	if backup, err = realPath(backup); err != nil {
		return "", err
	}
	if sameFile(backup, path) {
		return "", errors.New("the backup is the database itself")
	}
	lock, err := acquireLock(path)
	if err != nil {
		return "", fmt.Errorf("restore into %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	temporary, err := copyDatabase(ctx, backup, path)
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(temporary) }() // It has another name by then, if all went well.
	if kept, err = keepOld(path, temporary, time.Now()); err != nil {
		return "", fmt.Errorf("keep the database: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return kept, fmt.Errorf("put the restored database in its place: %w", err)
	}
	return kept, syncFolder(path)
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// keepOld gives the database a second name, and the new file the owner of the old one.
func keepOld(path, replacement string, now time.Time) (kept string, err error) {
	if err := giveTo(path, replacement); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	kept = path + ".before-restore-" + now.UTC().Format("20060102T150405.000Z")
	hasLog, err := closeDown(path)
	if err != nil {
		return "", err
	}
	if err := secondName(path, kept); err != nil {
		return "", err
	}
	if !hasLog {
		return kept, nil
	}
	// SQLite would take the log for one of the new database.
	if err := secondName(path+"-wal", kept+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, name := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return kept, nil
}

// closeDown moves the database's log into it. A database so damaged that this is not possible keeps its log beside it.
func closeDown(path string) (hasLog bool, err error) {
	_ = createSharedMemory(path)                                // as in Check
	conn, err := connect(uriOf(path)+"&mode=ro", readerPragmas) // It leaves the log of a damaged database as it is.
	if err != nil {
		return true, asUndamaged(err)
	}
	_, err = schemaVersion(conn)
	if err := errors.Join(err, disconnect(conn)); errors.Is(err, ErrForeign) {
		return false, err
	} else if asDamage(err) != nil {
		return true, nil
	}
	if err := becomeOneFile(path); err != nil {
		return true, asUndamaged(err)
	}
	return false, nil
}

// asUndamaged returns an error that is not about damage; nil for one that is.
func asUndamaged(err error) error {
	if asDamage(err) != nil {
		return nil
	}
	return err
}

// giveTo gives a file to the owner of a database, or of the folder that this is to be in.
func giveTo(owner, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(giveToOwnerOf(owner, f), f.Close())
}

// secondName gives a file another name beside the one it has; where the file system cannot do that, in place of it.
func secondName(path, name string) error {
	err := os.Link(path, name)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(path, name)
}
