//go:build linux || darwin

package sqlite

import (
	"path/filepath"
	"syscall"
)

// freeSpace returns how many bytes are free on the file's disk, for the log: of a full disk SQLite may only say "disk I/O error".
func freeSpace(path string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}
