//go:build unix

package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is the user that a collector of these tests runs as.
const nobody = 65534

func ownersIn(t *testing.T, folder string) map[string]int {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	owners := map[string]int{}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		owners[e.Name()] = int(info.Sys().(*syscall.Stat_t).Uid)
	}
	return owners
}

// Root looks through the database of a collector that runs as another user, or starts the collector by mistake. No file of root's is left,
// which the collector could not open afterwards.
func TestRootLeavesNoFilesOfItsOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can")
	}
	for name, use := range map[string]func(t *testing.T, path string){
		"check":   func(t *testing.T, path string) { require.NoError(t, Check(t.Context(), path)) },
		"collect": func(t *testing.T, path string) { require.NoError(t, openStore(t, path).Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "events.db")
			require.NoError(t, openStore(t, path).Close())
			require.NoError(t, os.Remove(path+"-collector"))
			require.NoError(t, os.Chown(path, nobody, nobody))
			use(t, path)
			for file, owner := range ownersIn(t, folder) {
				assert.Equal(t, nobody, owner, file)
			}
			for file, mode := range modesIn(t, folder) {
				assert.Equal(t, os.FileMode(0o600), mode, file)
			}
		})
	}
}

// A file that the collector's user cannot write is named: SQLite says only "bad file descriptor".
func TestFilesOfAnotherUserAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	require.NoError(t, openStore(t, path).Close())
	require.NoError(t, os.WriteFile(path+"-shm", nil, 0o444))
	require.NoError(t, checkAccess(path+"-missing"))
	if os.Geteuid() == 0 {
		t.Skip("root can write any file")
	}
	_, err := Open(Config{Path: path})
	require.ErrorContains(t, err, path+"-shm: permission denied for the user that the collector runs as")
}
