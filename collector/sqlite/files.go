package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// privateMode is the mode of the database's files: they hold what people did, and are the collector's alone.
const privateMode = 0o600

// realPath follows symbolic links, also one to a file that is to be created: SQLite keeps its log beside the file itself, not beside the link.
func realPath(path string) (string, error) {
	const maxLinks = 40 // as many as Linux follows
	for range maxLinks {
		target, err := os.Readlink(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil
		case err != nil: // It is no link, but a folder above it may be one.
			return filepath.EvalSymlinks(path)
		case filepath.IsAbs(target):
			path = target
		default:
			path = filepath.Join(filepath.Dir(path), target)
		}
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

// createPrivately creates the database's file where there is none, and the file of shared memory beside it, before SQLite does with the mode
// that the umask leaves. A file that exists keeps its mode, which somebody may have chosen. The other files get the database's mode: the log
// by the parameter modeof in uriOf.
func createPrivately(path string) error {
	if err := createFile(path, privateMode); err != nil {
		return err
	}
	return createSharedMemory(path)
}

// createSharedMemory creates the file of shared memory with the mode and the owner of the database, as SQLite itself does with the log. Root
// may look through a database that another user's collector has, which could not open a file of root's afterwards.
func createSharedMemory(path string) error {
	mode, err := modeOf(path)
	if err != nil {
		return err
	}
	name := path + "-shm"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("create %s: %w", name, err)
	}
	return errors.Join(giveToOwnerOf(path, f), f.Close())
}

// checkAccess returns an error if one of the database's files exists and cannot be written, of which SQLite
// says only "bad file descriptor".
func checkAccess(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		switch {
		case err == nil:
			_ = f.Close()
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("%w for the user that the collector runs as", err)
		}
	}
	return nil
}

func modeOf(path string) (fs.FileMode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("look at %s: %w", path, err)
	}
	return info.Mode().Perm(), nil
}

// warnIfReadable logs that others on this machine can read the database.
func warnIfReadable(path string, log *slog.Logger) {
	if mode, err := modeOf(path); err == nil && mode&0o077 != 0 {
		log.Warn("others on this machine can read the database's file", "file", path, "mode", mode.String())
	}
}

func createFile(path string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return f.Close()
}

func uriOf(path string) string {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23", "&", "%26").Replace(path)
	return "file:" + escaped + "?modeof=" + escaped
}
