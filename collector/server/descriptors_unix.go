//go:build unix

package server

import "syscall"

const (
	wanted   = 16384 // connections; each costs about 20 KB
	reserved = 128   // descriptors for the database, the log and the site's files
)

// mostConnections leaves the database its file descriptors, whatever the system allows. Go has raised the limit to what it may be.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return wanted
	}
	return int(min(wanted, max(limit.Cur, 2*reserved)-reserved))
}
