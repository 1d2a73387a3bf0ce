package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// isAuthorized reports whether the request may read, and answers it if not. With a key, the request must present it. Without one the
// collector listens on loopback only, and the Host header must name loopback too: otherwise any web page could read by pointing its own
// host name at 127.0.0.1 (DNS rebinding).
func (a *API) isAuthorized(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case a.Key == "" && !IsLoopback(r.Host):
		writeError(w, http.StatusForbidden, "reading is open on this machine's own address only: ask for localhost, or start the collector with --read-key")
	case a.Key != "" && !keysEqual(a.Key, presentedKey(r)):
		w.Header().Set("WWW-Authenticate", `Basic realm="Live View"`)
		writeError(w, http.StatusUnauthorized, "reading needs the key: as ?key=, as a Bearer token, or as the password of Basic authentication")
	default:
		return true
	}
	return false
}

func presentedKey(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return r.URL.Query().Get("key")
}

// keysEqual compares in constant time, whatever the keys and their lengths are, so that response times reveal nothing about the key.
func keysEqual(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// IsLoopback reports whether an address (host, or host:port) is this machine's own.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
