package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The disk becomes full in two ways: fill makes it full for a running collector, free makes space again.
func TestFullDisk(t *testing.T) {
	for name, disk := range map[string]func(t *testing.T) (folder string, fill, free func(p *process)){
		"file system": smallFileSystem, "limit on the size of files": fileSizeLimit,
	} {
		t.Run(name, func(t *testing.T) {
			folder, fill, free := disk(t)
			db := filepath.Join(folder, "events.db")
			p, c := start(t, db), client(t)
			var acknowledged, refused []string
			send := func(id, more string) answer {
				a, ok := post(c, p.url, eventJSON(id, more))
				require.True(t, ok)
				if a == accepted {
					acknowledged = append(acknowledged, id)
				} else {
					require.Equal(t, notStored, a)
					refused = append(refused, id)
				}
				return a
			}
			for i := range 20 {
				require.Equal(t, accepted, send(fmt.Sprint("a", i), strings.Repeat("x", 1000)))
			}
			for round := range 3 {
				fill(p)
				for i := 0; len(refused) == 0; i++ {
					require.Less(t, i, 1000, "the disk does not get full")
					send(fmt.Sprint("b", round, "-", i), strings.Repeat("x", 20_000))
				}
				for i := range 5 {
					require.Equal(t, notStored, send(fmt.Sprint("c", round, "-", i), strings.Repeat("x", 50_000)))
				}
				p.requireReadable(c, len(acknowledged))
				assert.Contains(t, p.log.String(), "nothing is stored: clients are told to try again")
				if name == "file system" {
					assert.Contains(t, p.log.String(), "bytes_free_on_disk=0")
				}
				free(p)
				again := refused
				refused = nil
				for _, id := range again {
					require.Equal(t, accepted, send(id, ""))
				}
				p.requireReadable(c, len(acknowledged))
				assert.Contains(t, p.log.String(), "events are stored again")
			}
			p.terminate()
			counts := storedCounts(t, db)
			requireOnce(t, counts, acknowledged)
			assert.Len(t, counts, len(acknowledged))
		})
	}
}

// A collector that is killed while its disk is full still has what it acknowledged once there is space again.
func TestKillOnFullDisk(t *testing.T) {
	folder, fill, free := smallFileSystem(t)
	db := filepath.Join(folder, "events.db")
	p, c := start(t, db), client(t)
	fill(p)
	var acknowledged []string
	for i := 0; ; i++ {
		require.Less(t, i, 1000, "the disk does not get full")
		id := fmt.Sprint("b", i)
		a, ok := post(c, p.url, eventJSON(id, strings.Repeat("x", 20_000)))
		require.True(t, ok)
		if a != accepted {
			break
		}
		acknowledged = append(acknowledged, id)
	}
	p.kill()
	requireOnce(t, storedCounts(t, db), acknowledged)
	free(p)
	p = start(t, db)
	p.requireReadable(client(t), len(acknowledged))
	p.terminate()
	requireOnce(t, storedCounts(t, db), acknowledged)
}

// smallFileSystem mounts a file system of 4 MB in memory; the test is skipped if this user may not mount.
func smallFileSystem(t *testing.T) (folder string, fill, free func(*process)) {
	t.Helper()
	folder = t.TempDir()
	if err := unix.Mount("none", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(folder, 0)) })
	filler := filepath.Join(folder, "filler")
	fill = func(*process) {
		f, err := os.Create(filler)
		require.NoError(t, err)
		defer func() { _ = f.Close() }()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		require.ErrorIs(t, err, unix.ENOSPC)
	}
	return folder, fill, func(*process) { require.NoError(t, os.Remove(filler)) }
}

// fileSizeLimit limits the size of the files that the collector may write.
func fileSizeLimit(t *testing.T) (folder string, fill, free func(*process)) {
	t.Helper()
	folder = t.TempDir()
	limit := func(p *process, bytes uint64) {
		var now unix.Rlimit
		require.NoError(t, unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &now))
		now.Cur = min(bytes, now.Max)
		require.NoError(t, unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &now, nil))
	}
	fill = func(p *process) {
		info, err := os.Stat(filepath.Join(folder, "events.db-wal"))
		require.NoError(t, err)
		limit(p, uint64(info.Size()))
	}
	return folder, fill, func(p *process) { limit(p, unix.RLIM_INFINITY) }
}
