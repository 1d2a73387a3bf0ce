package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// EndpointConfig is what Mixpanel's options api_hosts and api_routes say of an endpoint. Without them, its fields are "".
type EndpointConfig struct{ Host, Route string }

// url returns the address to which the messages of an endpoint are sent. The outbox adds the time.
func (c *Config) url(endpoint identity.Endpoint) string {
	own := c.Endpoints[endpoint]
	host, path := c.APIHost, endpoints[endpoint].path
	if own.Host != "" {
		host = own.Host
	}
	if own.Route != "" {
		path = "/" + own.Route
	}
	url := host + path + "?verbose=1&ip="
	if c.IP {
		url += "1"
	} else {
		url += "0"
	}
	if c.Test {
		url += "&test=1"
	}
	return url + c.ExtraQuery
}

// setEndpoints sets the hosts or the routes of the endpoints from Mixpanel's option of that name, an object. It reports whether the value is
// valid.
func (c *Config) setEndpoints(option, raw string) bool {
	isValid := true
	err := jsontext.Object(raw, func(name, value string) bool {
		text, ok := jsontext.Unquote(value)
		for e := range endpoints {
			switch {
			case !ok:
			case option == "api_hosts" && (name == endpoints[e].hostName || name == endpoints[e].routeName): // mixpanel-browser reads either, as it batches or not.
				c.Endpoints[e].Host, _ = parseHost(value)
			case option == "api_routes" && name == endpoints[e].routeName:
				for text != "" && text[0] == '/' {
					text = text[1:]
				}
				c.Endpoints[e].Route = text
			}
		}
		isValid = isValid && ok
		return true
	})
	return err == nil && isValid
}

// setExtraQuery sets what Mixpanel's option api_extra_query_params adds to each request. It reports whether the value is valid.
func (c *Config) setExtraQuery(raw string) bool {
	var query []byte
	err := jsontext.Object(raw, func(name, value string) bool {
		if text, ok := jsontext.Unquote(value); ok {
			value = text
		}
		query = append(appendQueryText(append(query, '&'), name), '=')
		query = appendQueryText(query, value)
		return true
	})
	if err == nil {
		c.ExtraQuery = string(query)
	}
	return err == nil
}

// appendQueryText appends a text as encodeURIComponent writes it.
func appendQueryText(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		l := c | 0x20
		if l >= 'a' && l <= 'z' || c >= '0' && c <= '9' || hasName(" - _ . ! ~ * ' ( ) ", string(c)) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
	}
	return dst
}
