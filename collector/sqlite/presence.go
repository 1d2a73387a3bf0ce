package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrMoved is why nothing is committed any more after a file of the database was deleted or replaced: what one writes into a file
// without a name is gone when the program ends.
var ErrMoved = errors.New("a file of the database was moved or deleted while it was open: put it back, or restart the collector")

// presence remembers which files the database is.
type presence map[string]fs.FileInfo

func presenceOf(path string) (presence, error) {
	p := presence{}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", name, err)
		}
		p[name] = info
	}
	return p, nil
}

// check takes about two microseconds, once a commit.
func (p presence) check() error {
	for name, was := range p {
		is, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(was, is) {
			return fmt.Errorf("%w (%s)", ErrMoved, name)
		}
		if err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
	}
	return nil
}
