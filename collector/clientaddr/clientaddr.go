// Package clientaddr tells where a request comes from: whether a proxy has passed it on, and from which address. It believes what a request
// says of its origin only if a trusted proxy has passed it on. Read Resolver.
package clientaddr

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardingHeaders are the headers that proxies add, apart from those that begin with one of forwardingPrefixes. Neither browsers nor
// command-line clients send any of them by themselves.
var forwardingHeaders = []string{"Forwarded", "Via", "Cdn-Loop", "True-Client-Ip", "Client-Ip", "Proxy-Connection"}

// forwardingPrefixes are what the names of such headers begin with: those of nginx, Apache, HAProxy, Envoy, Traefik, and of the large
// networks.
var forwardingPrefixes = []string{
	"X-Forward", "X-Real-", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-", "X-Remote-", "X-Proxy", "X-Envoy-", "X-Amzn-", "X-Azure-",
	"X-Arr-", "X-Appengine-", "X-Cloud-Trace-", "X-Vercel-", "X-Nf-", "Cf-", "Fly-", "Fastly-", "Tailscale-",
}

// ForwardedBy returns what shows that a proxy has passed the request on, "" if nothing does. A client can add such a header itself, but not
// remove one that a proxy adds: use this to ask for more, never to allow something. A proxy that speaks HTTP/1.1 and adds nothing cannot be
// told from a client.
func ForwardedBy(r *http.Request) string {
	for name := range r.Header {
		// Some gateways write X_Forwarded_For, after the variables of CGI.
		name = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
		if slices.Contains(forwardingHeaders, name) {
			return name
		}
		for _, prefix := range forwardingPrefixes {
			if strings.HasPrefix(name, prefix) {
				return name
			}
		}
	}
	if !r.ProtoAtLeast(1, 1) { // nginx speaks HTTP/1.0 unless it is told otherwise, and adds no header. Browsers do not.
		return "HTTP/1.0"
	}
	return ""
}

// Resolver finds the addresses of clients.
type Resolver struct {
	Trusted []netip.Prefix // the addresses of proxies that are believed
}

// Origin is where a request comes from.
type Origin struct {
	Addr netip.Addr // invalid if it is not known, as on a Unix socket
	// Local is true if the client is on this machine, and no proxy has passed its request on.
	Local bool
}

// Network returns what stands for one client: its IPv4 address, or the 64 bits of an IPv6 address that name its network, because one client
// has 2^64 addresses in there.
func (o Origin) Network() netip.Prefix {
	bits := 32
	if o.Addr.Is6() {
		bits = 64
	}
	network, err := o.Addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// maxHops limits how many proxies are followed.
const maxHops = 32

// Origin returns where a request comes from. From the addresses that proxies have added, the last one that is not a trusted proxy's counts:
// what stands before it was written by the client.
func (s Resolver) Origin(r *http.Request) Origin {
	remote := parseAddr(r.RemoteAddr)
	list, forwarded := r.Header.Values("X-Forwarded-For"), r.Header.Values("Forwarded")
	if !s.trusts(remote) || len(list)+len(forwarded) == 0 {
		return Origin{remote, remote.IsLoopback() && ForwardedBy(r) == ""}
	}
	byList, byForwarded := s.follow(remote, listedHops(list)), s.follow(remote, forwardedHops(forwarded))
	switch {
	case len(list) == 0:
		return Origin{Addr: byForwarded}
	case len(forwarded) > 0 && byForwarded != byList:
		return Origin{Addr: remote} // The proxy sets only one of them; nobody knows which one the client has written.
	}
	return Origin{Addr: byList}
}

// WhyProxyCounts says to an operator why a proxy's own address counts as that of its clients, and what to change. Use it where Origin
// returned the address that the request came from.
func (s Resolver) WhyProxyCounts(r *http.Request) string {
	if !s.trusts(parseAddr(r.RemoteAddr)) {
		return "name it with --trusted-proxies, and its clients are told apart"
	}
	return "it passes on no client's address, or X-Forwarded-For and Forwarded disagree, or the client is on the proxy's machine"
}

func (s Resolver) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(s.Trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// follow goes from the proxy that has connected towards the client, as long as the hops are trusted proxies.
func (s Resolver) follow(addr netip.Addr, hops []string) netip.Addr {
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxHops && s.trusts(addr); i-- {
		next := parseAddr(hops[i])
		if !next.IsValid() {
			break // "unknown" or a made-up name: the proxy that wrote it stands for its clients.
		}
		addr = next
	}
	return addr
}

// listedHops returns the items of X-Forwarded-For.
func listedHops(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return strings.Split(strings.Join(values, ","), ",")
}

// forwardedHops returns the for= of each item of Forwarded (RFC 7239).
func forwardedHops(values []string) []string {
	var hops []string
	for _, item := range listedHops(values) {
		hop := ""
		for pair := range strings.SplitSeq(item, ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
				hop = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// parseAddr parses an address, with or without brackets and port.
func parseAddr(text string) netip.Addr {
	text = strings.TrimSpace(text)
	if addrPort, err := netip.ParseAddrPort(text); err == nil {
		return addrPort.Addr().Unmap().WithZone("")
	}
	if inside, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inside, "]")
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

var errPrefix = errors.New("it must be a list of addresses or networks, such as 127.0.0.1,10.0.0.0/8")

// ParsePrefixes parses a list of addresses and networks that is separated by commas.
func ParsePrefixes(list string) (prefixes []netip.Prefix, err error) {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			addr, err := netip.ParseAddr(item)
			if err != nil || addr.Zone() != "" {
				return nil, errPrefix
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		if prefix.Addr().Is4In6() {
			return nil, errPrefix // It would never match, because addresses are compared as IPv4.
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}
