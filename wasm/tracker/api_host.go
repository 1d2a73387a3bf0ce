package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// parseHost parses a host such as that of api_host, and returns what is wrong with it, or "". host is "" if it is unusable. A host without a
// scheme, such as "collector.example.com", would be resolved as a path of the page's own site, which nobody means, so that the scheme is added.
// A real path is kept.
func parseHost(raw string) (host, fault string) {
	host, ok := jsontext.Unquote(raw)
	for len(host) > 0 && host[len(host)-1] == '/' {
		host = host[:len(host)-1]
	}
	if !ok || host == "" {
		return "", keepsItsValue
	}
	if scheme := missingScheme(host); scheme != "" {
		host = scheme + host
		fault = "without a scheme it is taken as " + host
	}
	return host, fault
}

const keepsItsValue = "it keeps its value"

// missingScheme returns the scheme to put before an address that begins with a host name, which has a dot or a port in it, or "" if
// none is missing.
func missingScheme(address string) string {
	name, path := jsontext.Cut(address, '/')
	if name == "" || name[0] == '.' || path != "" && path[0] == '/' {
		return "" // A path, or an address with a scheme.
	}
	bare, _ := jsontext.Cut(name, ':')
	if bare == "localhost" || len(bare) > 4 && bare[:4] == "127." {
		return "http://"
	}
	for i := range len(name) {
		if name[i] == '.' || name[i] == ':' {
			return "https://"
		}
	}
	return ""
}

func badOptionWarning(name, raw, fault string) identity.Warning {
	return identity.NewWarning(identity.BadOption, name, raw, fault)
}
