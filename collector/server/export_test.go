package server

import "time"

// SetWriteTimeout shortens how long a client may take to read an answer.
func (s *Server) SetWriteTimeout(timeout time.Duration) { s.http.WriteTimeout = timeout }

// SetTimeouts shortens the server's timeouts, so that a test need not wait for long.
func (s *Server) SetTimeouts(header, request, idle time.Duration) {
	s.http.ReadHeaderTimeout, s.http.ReadTimeout, s.http.IdleTimeout = header, request, idle
}
