package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/postgres/pgtest"
)

// The disk of the database becomes full: what cannot be stored is refused and not acknowledged, and once there is space, the collector goes on by
// itself, with all that it acknowledged, once. PostgreSQL ends if its own log finds no space; whoever runs it starts it again.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("none", folder, "tmpfs", 0, "size=120m"); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(folder, unix.MNT_DETACH)) })
	data := filepath.Join(folder, "server")
	require.NoError(t, os.Mkdir(data, 0o755))
	server, err := pgtest.Start(data, "wal_keep_size = 0", "min_wal_size = 32MB", "max_wal_size = 32MB")
	require.NoError(t, err)
	defer server.Stop()
	require.NoError(t, server.CreateDatabase("events"))
	log := &testlog.Buffer{}
	s, err := Open(server.DSN("events"), configOf(log))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()

	var acknowledged []string
	large := func(id string) event.Batch {
		b := batchOf(id)
		b.Events[0].Properties = `{"x":"` + strings.Repeat("0123456789abcdef", 60_000) + `"}`
		return b
	}
	for i := range 5 {
		id := fmt.Sprint("before-", i)
		require.NoError(t, s.Store(t.Context(), large(id)))
		acknowledged = append(acknowledged, id)
	}
	filler := filepath.Join(folder, "filler")
	fill(t, filler)
	var refused string
	for i := 0; refused == ""; i++ {
		require.Less(t, i, 1000, "the disk does not get full")
		id := fmt.Sprint("full-", i)
		if err := s.Store(t.Context(), large(id)); err != nil {
			refused = id
		} else {
			acknowledged = append(acknowledged, id)
		}
	}
	assert.Contains(t, log.String(), "nothing is stored: clients are told to try again")
	require.NoError(t, os.Remove(filler))
	if _, err := server.Query("postgres", "SELECT 1::text"); err != nil {
		require.NoError(t, server.Restart())
	}
	require.NoError(t, s.Store(t.Context(), large(refused)))
	var ids []string // A page of events has at most a few megabytes.
	for last := int64(0); ; {
		page, err := s.After(t.Context(), "t", last, 100)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			ids, last = append(ids, e.InsertID), e.ID
		}
	}
	assert.ElementsMatch(t, append(acknowledged, refused), ids)
}

// fill writes a file until the file system is full.
func fill(t *testing.T, name string) {
	f, err := os.Create(name)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, unix.ENOSPC)
}
