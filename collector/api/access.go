package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"github.com/throughline/throughline/collector/clientaddr"
	"github.com/throughline/throughline/collector/ingest"
)

// isAuthorized reports whether the request may read, and answers it if not. With a key, the request must present it. Without one the
// collector listens on loopback only, and the Host header must name loopback too: otherwise any web page could read by pointing its own
// host name at 127.0.0.1 (DNS rebinding). All that a proxy on this machine passes on comes from loopback, and often names it as the host, so
// that a request which shows signs of a proxy needs a key too.
func (a *API) isAuthorized(w http.ResponseWriter, r *http.Request) bool {
	proxy, presented := clientaddr.ForwardedBy(r), presentedKey(r)
	switch {
	case a.Key != "" && keysEqual(a.Key, presented):
		return true
	case a.Key == "" && proxy != "":
		a.Log.Warn("reading through a proxy was refused, because there is no key: start the collector with --read-key", "sign", proxy)
		writeError(w, http.StatusForbidden, "this request came through a proxy ("+proxy+"), and reading through one needs a key: start the collector with --read-key")
	case a.Key == "" && !IsLoopback(r.Host):
		writeError(w, http.StatusForbidden, "reading is open on this machine's own address only: ask for localhost, or start the collector with --read-key")
	case a.Key == "":
		return true
	case presented != "" && !a.attempts.Wrong(r.Context(), "reading"):
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusTooManyRequests, "too many wrong keys are being tried; try again later")
	default:
		w.Header().Set("WWW-Authenticate", `Basic realm="Live View"`)
		writeError(w, http.StatusUnauthorized, "reading needs the key: as ?key=, as a Bearer token, or as the password of Basic authentication")
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
	key, _ := ingest.FormField(r.URL.RawQuery, "key")
	return key
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
