package server

import (
	"net/http"
	"slices"
	"strings"
)

// clientHeaders are the headers that Mixpanel's clients send and that CORS does not allow by default.
var clientHeaders = []string{"Authorization", "Content-Type", "Content-Encoding", "X-Requested-With"}

// Limits on the headers that a preflight may ask for, because its response repeats them.
const (
	maxRequestedBytes = 4096 // bytes
	maxRequestedNames = 64
)

// handlePreflight allows whatever headers the page asks for. Tracing scripts (OpenTelemetry, Sentry, Datadog) add headers to every fetch of
// a page, and if one of them is not allowed the browser sends nothing at all. They are harmless, because no response depends on them. "*"
// does not work: it counts only for requests without credentials, and never covers Authorization.
func (req *request) handlePreflight() {
	h := req.w.Header()
	h.Add("Vary", "Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", strings.Join(allowedHeaders(req.r.Header.Values("Access-Control-Request-Headers")), ", "))
	h.Set("Access-Control-Max-Age", "86400")
	if req.r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Add("Vary", "Access-Control-Request-Private-Network")
		h.Set("Access-Control-Allow-Private-Network", "true") // A public page may send to a collector in a private network.
	}
	req.w.WriteHeader(http.StatusNoContent)
}

// allowedHeaders returns the names of the headers that a client may send: clientHeaders, and those it asks for that are valid header names.
func allowedHeaders(requested []string) []string {
	names := slices.Clone(clientHeaders)
	list := strings.Join(requested, ",")
	if len(list) > maxRequestedBytes {
		return names
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.Trim(name, " \t")
		known := slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(other, name) })
		if isToken(name) && !known {
			names = append(names, name)
		}
		if len(names) == len(clientHeaders)+maxRequestedNames {
			break
		}
	}
	return names
}

// isToken reports whether text is a token of HTTP (RFC 9110, section 5.6.2), as header names are. "*" is a token too, but is excluded,
// because it would allow headers that were not asked for.
func isToken(text string) bool {
	const signs = "!#$%&'+-.^_`|~"
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte(signs, c) < 0 {
			return false
		}
	}
	return text != ""
}
