package server

import "time"

// SetTimeouts shortens the server's timeouts, so that a test need not wait for long.
func (s *Server) SetTimeouts(header, request, idle time.Duration) {
	s.http.ReadHeaderTimeout, s.http.ReadTimeout, s.http.IdleTimeout = header, request, idle
}
