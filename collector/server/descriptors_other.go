//go:build !unix

package server

// mostConnections is a number that other systems have handles for.
func mostConnections() int { return 16384 }
