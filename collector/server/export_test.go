package server

import "time"

// Hurry shortens the times that clients are given, so that a test sees the end of them.
func (s *Server) Hurry(header, request, idle time.Duration) {
	s.http.ReadHeaderTimeout, s.http.ReadTimeout, s.http.IdleTimeout = header, request, idle
}
