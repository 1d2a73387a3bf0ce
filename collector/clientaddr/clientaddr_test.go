package clientaddr

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func request(remote string, headers ...string) *http.Request {
	r := &http.Request{RemoteAddr: remote, Header: http.Header{}, ProtoMajor: 1, ProtoMinor: 1}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestForwardedBy(t *testing.T) {
	for _, name := range []string{
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Anything", "X-Real-IP", "Via", "CF-Connecting-IP", "CF-Ray", "True-Client-IP",
		"X-Forward-For", "X-Client-IP", "Fly-Client-IP", "X-Amzn-Trace-Id", "x-envoy-external-address", "Cdn-Loop", "Tailscale-User-Login", "X-Original-Host", "Fastly-Client-IP",
	} {
		assert.Equal(t, http.CanonicalHeaderKey(name), ForwardedBy(request("127.0.0.1:1", name, "")), "even if it is empty")
	}
	assert.Equal(t, "X-Forwarded-For", ForwardedBy(request("127.0.0.1:1", "x_forwarded_for", "")))
	old := request("127.0.0.1:1")
	old.ProtoMinor = 0
	assert.Equal(t, "HTTP/1.0", ForwardedBy(old))
	browser := request("127.0.0.1:1", "Accept", "*/*", "Accept-Encoding", "gzip", "Accept-Language", "de", "Cache-Control", "no-cache", "Connection", "keep-alive",
		"Cookie", "a=b", "Origin", "http://localhost", "Referer", "http://localhost/", "Sec-Fetch-Mode", "cors", "User-Agent", "x", "X-Requested-With", "XMLHttpRequest",
		"Last-Event-Id", "1", "Authorization", "x", "Upgrade-Insecure-Requests", "1", "Dnt", "1", "Traceparent", "x")
	assert.Empty(t, ForwardedBy(browser))
}

func TestOrigin(t *testing.T) {
	trusted, err := ParsePrefixes("127.0.0.1, 10.0.0.0/8, 2001:db8::/32,,::1")
	require.NoError(t, err)
	const list, std = "X-Forwarded-For", "Forwarded"
	for name, test := range map[string]struct {
		remote  string
		headers []string
		want    string
		local   bool
	}{
		"a client":                                   {"203.0.113.5:123", nil, "203.0.113.5", false},
		"this machine":                               {"127.0.0.1:123", nil, "127.0.0.1", true},
		"this machine, IPv6":                         {"[::1]:123", nil, "::1", true},
		"this machine, not trusted":                  {"127.0.0.2:123", nil, "127.0.0.2", true},
		"this machine's proxy, not trusted":          {"127.0.0.2:123", []string{list, "203.0.113.5"}, "127.0.0.2", false},
		"a client that lies":                         {"203.0.113.5:123", []string{list, "198.51.100.1", std, "for=198.51.100.1"}, "203.0.113.5", false},
		"a client that says it is local":             {"203.0.113.5:123", []string{list, "127.0.0.1"}, "203.0.113.5", false},
		"through a proxy":                            {"127.0.0.1:123", []string{list, "203.0.113.5"}, "203.0.113.5", false},
		"through a proxy, and the client lies":       {"127.0.0.1:123", []string{list, "198.51.100.1, 203.0.113.5"}, "203.0.113.5", false},
		"the lie in a header of its own":             {"127.0.0.1:123", []string{list, "198.51.100.1", list, "203.0.113.5"}, "203.0.113.5", false},
		"the client says it is a trusted proxy":      {"127.0.0.1:123", []string{list, "127.0.0.1"}, "127.0.0.1", false},
		"through two proxies":                        {"10.1.1.1:1", []string{list, "6.6.6.6,203.0.113.5, 10.2.2.2"}, "203.0.113.5", false},
		"only proxies":                               {"10.1.1.1:1", []string{list, "10.3.3.3, 10.2.2.2"}, "10.3.3.3", false},
		"with a port":                                {"127.0.0.1:123", []string{list, "203.0.113.5:8080"}, "203.0.113.5", false},
		"IPv6":                                       {"127.0.0.1:123", []string{list, "2001:4860::1"}, "2001:4860::1", false},
		"IPv6 with brackets and port":                {"127.0.0.1:123", []string{list, "[2001:4860::1]:80"}, "2001:4860::1", false},
		"IPv4 as IPv6":                               {"[::ffff:127.0.0.1]:123", []string{list, "::ffff:203.0.113.5"}, "203.0.113.5", false},
		"nothing that can be read":                   {"127.0.0.1:123", []string{list, "6.6.6.6, unknown"}, "127.0.0.1", false},
		"an empty list":                              {"127.0.0.1:123", []string{list, ""}, "127.0.0.1", false},
		"Forwarded":                                  {"127.0.0.1:123", []string{std, `for=6.6.6.6, proto=https;For="[2001:4860::1]:4711";by=x`}, "2001:4860::1", false},
		"Forwarded, hidden":                          {"127.0.0.1:123", []string{std, `for=6.6.6.6, for=_hidden`}, "127.0.0.1", false},
		"Forwarded without for":                      {"127.0.0.1:123", []string{std, `for=6.6.6.6, proto=http`}, "127.0.0.1", false},
		"both, and they agree":                       {"127.0.0.1:123", []string{std, `for=203.0.113.5`, list, "203.0.113.5"}, "203.0.113.5", false},
		"both, and one of them is the client's":      {"127.0.0.1:123", []string{std, `for=203.0.113.5`, list, "6.6.6.6"}, "127.0.0.1", false},
		"one cannot be read, the other may be a lie": {"127.0.0.1:123", []string{std, `for=6.6.6.6`, list, "unknown"}, "127.0.0.1", false},
		"another header of a trusted proxy":          {"127.0.0.1:123", []string{"Via", "1.1 x"}, "127.0.0.1", false},
		"a trusted proxy's list in front of a local": {"10.1.1.1:1", []string{list, "127.0.0.9"}, "127.0.0.9", false},
		"a socket":                                   {"@", nil, "invalid IP", false},
	} {
		got := Resolver{trusted}.Origin(request(test.remote, test.headers...))
		assert.Equal(t, test.want, got.Addr.String(), name)
		assert.Equal(t, test.local, got.Local, name)
	}
}

func TestNetwork(t *testing.T) {
	for addr, want := range map[string]string{"203.0.113.5": "203.0.113.5/32", "2001:4860:1:2:3:4:5:6": "2001:4860:1:2::/64", "::1": "::/64"} {
		assert.Equal(t, want, Origin{Addr: netip.MustParseAddr(addr)}.Network().String())
	}
	assert.Equal(t, netip.Prefix{}, Origin{}.Network())
}

func TestParsePrefixes(t *testing.T) {
	prefixes, err := ParsePrefixes("10.1.2.3/8, ::ffff:127.0.0.1")
	require.NoError(t, err)
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}, prefixes)
	for _, list := range []string{"x", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "::ffff:10.0.0.0/104", "127.0.0.1:80"} {
		_, err := ParsePrefixes(list)
		assert.Error(t, err, list)
	}
}

// FuzzOrigin gives any headers to a collector that trusts a proxy. Whatever a client writes before what the proxy appends, its address is
// the one that the proxy saw; and a request with such headers is never taken for one of this machine.
func FuzzOrigin(f *testing.F) {
	f.Add("198.51.100.1", "203.0.113.5", "")
	f.Add("127.0.0.1, unknown,,", "[2001:4860::1]:80", "")
	f.Add("", "::1", "for=1.2.3.4")
	f.Fuzz(func(t *testing.T, written, seen, forwarded string) {
		trusted := Resolver{[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		r := request("127.0.0.1:1", "X-Forwarded-For", written+","+seen)
		if forwarded != "" {
			r.Header.Add("Forwarded", forwarded)
		}
		got := trusted.Origin(r)
		require.False(t, got.Local)
		require.True(t, got.Addr.IsValid())
		if want := parseAddr(seen); forwarded == "" && want.IsValid() && !want.IsLoopback() && !strings.Contains(seen, ",") {
			require.Equal(t, want, got.Addr)
		}
		r.RemoteAddr = "203.0.113.9:1"
		require.Equal(t, netip.MustParseAddr("203.0.113.9"), trusted.Origin(r).Addr)
	})
}
