package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// setHost takes an api_host, and returns what is wrong with it, "" for nothing. Without a scheme, "collector.example.com" would be a path
// of the page's own site, which is never meant; a path that is meant is left alone.
func (c *Config) setHost(raw string) (fault string) {
	host, ok := jsontext.Unquote(raw)
	for len(host) > 0 && host[len(host)-1] == '/' {
		host = host[:len(host)-1]
	}
	if !ok || host == "" {
		return keepsItsValue
	}
	if scheme := missingScheme(host); scheme != "" {
		host = scheme + host
		fault = "without a scheme it is taken as " + host
	}
	c.APIHost = host
	return fault
}

const keepsItsValue = "it keeps its value"

// missingScheme returns the scheme that an address needs, "" for none: it begins like the name of a host, with a dot or a port in it.
func missingScheme(address string) string {
	name, path := jsontext.Cut(address, '/')
	if name == "" || name[0] == '.' || path != "" && path[0] == '/' {
		return "" // A path, or behind a scheme.
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
