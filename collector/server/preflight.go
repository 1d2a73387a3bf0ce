package server

import (
	"net/http"
	"slices"
	"strings"
)

// clientHeaders are what Mixpanel's clients send beside what needs no leave.
var clientHeaders = []string{"Authorization", "Content-Type", "Content-Encoding", "X-Requested-With"}

// Limits on what a preflight may ask for: its answer says it again.
const (
	mostAsked      = 4096 // bytes
	mostAskedNames = 64
)

// preflight lets a page send whatever headers it asks for. Scripts that trace requests (OpenTelemetry, Sentry, Datadog) put headers of
// their own on every fetch of a page, and the browser sends nothing at all where one of them is not allowed. They are harmless here: no
// answer depends on them. A star would not do, for it counts only in requests without credentials, and never stands for Authorization.
func (v *visit) preflight() {
	h := v.w.Header()
	h.Add("Vary", "Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", strings.Join(allowed(v.r.Header.Values("Access-Control-Request-Headers")), ", "))
	h.Set("Access-Control-Max-Age", "86400")
	if v.r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Add("Vary", "Access-Control-Request-Private-Network")
		h.Set("Access-Control-Allow-Private-Network", "true") // a public page, a collector in the house
	}
	v.w.WriteHeader(http.StatusNoContent)
}

// allowed returns the names of headers that a client may send: those that are always allowed, and those that it asks for, as far as they are
// names of headers.
func allowed(asked []string) []string {
	names := slices.Clone(clientHeaders)
	list := strings.Join(asked, ",")
	if len(list) > mostAsked {
		return names
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.Trim(name, " \t")
		known := slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(other, name) })
		if isToken(name) && !known {
			names = append(names, name)
		}
		if len(names) == len(clientHeaders)+mostAskedNames {
			break
		}
	}
	return names
}

// isToken reports whether a text is a token of HTTP (RFC 9110, 5.6.2), as the names of headers are. A star is one, and is left out: it would
// allow what was not asked for.
func isToken(text string) bool {
	const signs = "!#$%&'+-.^_`|~"
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte(signs, c) < 0 {
			return false
		}
	}
	return text != ""
}
