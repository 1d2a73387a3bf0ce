package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// twoDatabases returns a database and a backup of it, with an event.
func twoDatabases(t *testing.T) (path, backup string) {
	t.Helper()
	folder := t.TempDir()
	path, backup = filepath.Join(folder, "a.db"), filepath.Join(folder, "backup.db")
	s := openStore(t, path)
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{{Token: "t", Name: "E", DistinctID: "d", InsertID: "i", SentMS: 1, Properties: "{}"}}}))
	require.NoError(t, Backup(t.Context(), path, backup))
	require.NoError(t, s.Close())
	return path, backup
}

func namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// A database that a shell or another tool has open is not taken from under it.
func TestRestoreWaitsForOtherPrograms(t *testing.T) {
	path, backup := twoDatabases(t)
	conn, err := sqlite3.Open(path)
	require.NoError(t, err)
	require.NoError(t, conn.Exec("PRAGMA journal_mode = WAL; BEGIN; SELECT count(*) FROM events"))
	_, err = Restore(t.Context(), backup, path)
	assert.ErrorIs(t, err, errInUseByOthers)
	require.NoError(t, conn.Exec("COMMIT; SELECT count(*) FROM events"), "it goes on")
	require.NoError(t, conn.Close())
	kept, err := Restore(t.Context(), backup, path)
	require.NoError(t, err)
	assert.FileExists(t, kept)
	assert.NoFileExists(t, path+"-wal")
}

// What is interrupted leaves nothing behind.
func TestCopyingCanBeInterrupted(t *testing.T) {
	path, backup := twoDatabases(t)
	before := namesIn(t, filepath.Dir(path))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, Backup(ctx, path, backup+"2"), context.Canceled)
	_, err := Restore(ctx, backup, path)
	assert.ErrorIs(t, err, context.Canceled)
	for _, name := range namesIn(t, filepath.Dir(path)) {
		assert.NotContains(t, name, "partial")
		assert.NotContains(t, name, "before-restore")
	}
	assert.NotEmpty(t, before)
}

// A backup is of one file, whose journal needs no other one beside it: it can be read from a medium that cannot be written.
func TestBackupIsOneFile(t *testing.T) {
	_, backup := twoDatabases(t)
	require.NoError(t, Check(t.Context(), backup))
	conn, err := sqlite3.Open("file:" + backup + "?immutable=1")
	require.NoError(t, err)
	n, err := queryInt(conn, "SELECT count(*) FROM events_resolved")
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	require.NoError(t, conn.Close())
	header, err := os.ReadFile(backup)
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 1}, header[18:20], "no write-ahead log")
}
