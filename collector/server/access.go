package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// reading guards the read side. With a key, it asks for it. Without one the collector listens on loopback only; then the Host header
// must name loopback too, or any web page could read by giving its own name the address 127.0.0.1 (DNS rebinding).
func (s *server) reading(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.ReadKey == "" && !Loopback(r.Host):
			writeError(w, http.StatusForbidden, "reading is open to this machine only: ask for localhost, or start the collector with --read-key")
		case s.ReadKey != "" && !sameKey(s.ReadKey, presented(r)):
			w.Header().Set("WWW-Authenticate", `Basic realm="Live View"`)
			writeError(w, http.StatusUnauthorized, "reading needs the key: as ?key=, a Bearer token or the password of Basic authentication")
		default:
			next(w, r)
		}
	})
}

func presented(r *http.Request) string {
	if key := r.URL.Query().Get("key"); key != "" {
		return key
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	_, password, _ := r.BasicAuth()
	return password
}

// sameKey takes the same time whatever the keys are.
func sameKey(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// Loopback reports whether an address, host or host:port, is this machine's own.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
