//go:build unix

package server

import "syscall"

const (
	preferredConnections = 16384 // connections; each costs about 20 KB
	reservedDescriptors  = 128   // file descriptors for the database, the log and the site's files
)

// maxConnections returns as many connections as the limit on file descriptors allows, less those that the database and the files need. Go
// has already raised the soft limit to the hard limit.
func maxConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return preferredConnections
	}
	return int(min(preferredConnections, max(limit.Cur, 2*reservedDescriptors)-reservedDescriptors))
}
