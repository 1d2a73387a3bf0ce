package tracker

import "github.com/throughline/throughline/identity/jsontext"

// Cookies is the page's cookies.
type Cookies interface {
	// Cookie returns the value of a cookie, or "" if there is none.
	Cookie(name string) string
	// SetCookie sets a cookie, or removes it if its value is "". It reports whether the browser has the cookie afterwards.
	SetCookie(c *Cookie) bool
}

// Cookie is a cookie to set. js/src/core/cookies.ts takes its text.
type Cookie struct{ Name, Domain, Attributes, Value string }

// Values of Cookie.Domain, beside a domain, and "" for this host alone.
const (
	widestDomain   = "*" // the widest that the browser allows here, so that all subdomains have the cookie; without one it is not set
	mixpanelDomain = "?" // the one that mixpanel-browser chooses
)

// Text returns the cookie's fields, one a line.
func (c *Cookie) Text() string {
	return c.Name + "\n" + c.Domain + "\n" + c.Attributes + "\n" + c.Value
}

const secondsOfDay = 86_400

// cookie returns a cookie with the attributes that the options ask for. days is how long the browser keeps it; 0 is until it ends.
func (c *PersistenceConfig) cookie(name, domain, value string, days int64) *Cookie {
	attributes := "; path=/"
	if c.CookieDomain != "" {
		domain = c.CookieDomain
	}
	switch {
	case value == "":
		attributes += "; max-age=0"
	case days > 0:
		attributes += "; max-age=" + string(jsontext.AppendInt(nil, days*secondsOfDay))
	}
	if c.CrossSiteCookie {
		attributes += "; SameSite=None"
	}
	if c.SecureCookie || c.CrossSiteCookie {
		attributes += "; secure"
	}
	return &Cookie{Name: name, Domain: domain, Attributes: attributes, Value: value}
}
