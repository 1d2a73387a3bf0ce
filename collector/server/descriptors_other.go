//go:build !unix

package server

// maxConnections is a number that other systems have handles for.
func maxConnections() int { return 16384 }
