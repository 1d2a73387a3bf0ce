package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrMoved is returned once a file of the database was deleted or replaced: what is written to a deleted file is lost when the process
// ends.
var ErrMoved = errors.New("a file of the database was moved or deleted while it was open: put it back, or restart the collector")

// fileIdentities are the files of the database when it was opened, by path.
type fileIdentities map[string]fs.FileInfo

func identifyFiles(path string) (fileIdentities, error) {
	p := fileIdentities{}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", name, err)
		}
		p[name] = info
	}
	return p, nil
}

// check returns ErrMoved unless the files are still the same. It takes about two microseconds, once per commit.
func (p fileIdentities) check() error {
	for name, before := range p {
		now, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(before, now) {
			return fmt.Errorf("%w (%s)", ErrMoved, name)
		}
		if err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
	}
	return nil
}
