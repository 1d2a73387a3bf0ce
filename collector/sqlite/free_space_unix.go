//go:build linux || darwin

package sqlite

import (
	"path/filepath"
	"syscall"
)

// room is how many bytes are free on the disk of a file: SQLite says "disk I/O error" of a full one.
func freeSpace(path string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}
