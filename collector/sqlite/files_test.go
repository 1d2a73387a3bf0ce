package sqlite

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

func modesIn(t *testing.T, folder string) map[string]fs.FileMode {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	modes := map[string]fs.FileMode{}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		modes[e.Name()] = info.Mode().Perm()
	}
	return modes
}

// What people did is nobody's business but the collector's, whatever the umask is.
func TestFilesArePrivate(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "events.db")
	want := map[string]fs.FileMode{"events.db": 0o600, "events.db-wal": 0o600, "events.db-shm": 0o600, "events.db-collector": 0o600}
	for range 2 { // The log is deleted when the database is closed, and created anew.
		s := openStore(t, path)
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{testEvent("1")}}))
		assert.Equal(t, want, modesIn(t, folder))
		assert.NotContains(t, s.log.String(), "can read")
		require.NoError(t, s.Close())
	}
	require.NoError(t, os.Chmod(path, 0o644))
	s := openStore(t, path)
	assert.Contains(t, s.log.String(), "others on this machine can read the database's file")
	require.NoError(t, s.Close())
	assert.Equal(t, fs.FileMode(0o644), modesIn(t, folder)["events.db"], "the operator's choice stays")
}

// A symbolic link as the path works, before and after the file exists, and one database behind two names is one.
func TestSymbolicLink(t *testing.T) {
	folder := t.TempDir()
	real, elsewhere := filepath.Join(folder, "disk", "events.db"), filepath.Join(folder, "etc")
	require.NoError(t, os.Mkdir(filepath.Dir(real), 0o700))
	require.NoError(t, os.Mkdir(elsewhere, 0o700))
	links := map[string]string{"absolute.db": real, "relative.db": "../disk/events.db", "second.db": "absolute.db"}
	for name, target := range links {
		require.NoError(t, os.Symlink(target, filepath.Join(elsewhere, name)))
	}
	require.NoError(t, os.Symlink(filepath.Dir(real), filepath.Join(folder, "folder")))
	stored := 0
	for _, path := range []string{
		filepath.Join(elsewhere, "absolute.db"), filepath.Join(elsewhere, "relative.db"), filepath.Join(elsewhere, "second.db"),
		filepath.Join(folder, "folder", "events.db"), real,
	} {
		s := openStore(t, path)
		stored++
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{testEvent(path)}}))
		events, err := s.After(t.Context(), "t", 0, 10)
		require.NoError(t, err)
		assert.Len(t, events, stored)
		_, err = Open(Config{Path: real, Log: s.config.Log})
		require.ErrorIs(t, err, ErrInUse)
		require.NoError(t, s.Close())
	}
	assert.Len(t, modesIn(t, elsewhere), len(links), "nothing is created beside a link")
	circle := filepath.Join(folder, "circle.db")
	require.NoError(t, os.Symlink(circle, circle))
	_, err := Open(Config{Path: circle})
	require.ErrorContains(t, err, "too many symbolic links")
}

// A reader that is opened while an empty file has taken the database's place does not delete the writer's log.
func TestReaderOfAReplacedFile(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	s.maintenance.stop()
	for range cap(s.readers.idle) { // All readers are still to be opened.
		if r := <-s.readers.idle; r != nil {
			require.NoError(t, disconnect(r.conn))
		}
	}
	for range cap(s.readers.idle) {
		s.readers.idle <- nil
	}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{testEvent("1")}}))
	require.NoError(t, os.Rename(s.path, s.path+".away"))
	require.NoError(t, os.WriteFile(s.path, nil, 0o600))
	_, err := s.After(t.Context(), "t", 0, 10)
	require.ErrorIs(t, err, ErrMoved)
	assert.FileExists(t, s.path+"-wal")
	require.NoError(t, os.Rename(s.path+".away", s.path))
	events, err := s.After(t.Context(), "t", 0, 10)
	require.NoError(t, err)
	assert.Len(t, events, 1)
	require.NoError(t, s.Close())
}
