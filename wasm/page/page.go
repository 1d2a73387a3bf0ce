// Package page computes the default properties of events, with Mixpanel's names and values, so that reports continue when a site
// changes from mixpanel-browser. It does not read the page: the shim does and passes Facts. Read page.go first.
package page

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// LibVersion is `$lib_version`: the version of this library.
const LibVersion = "0.1.0"

// lib is the value of `mp_lib`. It is not mixpanel-browser's, so that a report can tell which library sent an event.
const lib = "throughline"

// Facts is what the browser says of the page.
type Facts struct {
	URL, Referrer, UserAgent string
	Width, Height            int64  // of the screen, in CSS pixels
	Title                    string // of the document, when a page view was counted; of another call it may be older
}

// Defaults returns the properties that every event of the page has. Unknown ones are left out.
func Defaults(f *Facts) identity.Properties {
	var p identity.Properties
	set := func(name, value string) {
		if value != "" {
			p.SetString(name, value)
		}
	}
	browser, version := browserOf(f.UserAgent)
	set("$os", osOf(f.UserAgent))
	set("$browser", browser)
	if version != "" {
		p.Set("$browser_version", version)
	}
	set("$device", deviceOf(f.UserAgent))
	set("$current_url", f.URL)
	set("$referrer", f.Referrer)
	set("$referring_domain", Host(f.Referrer))
	search := Search(f.Referrer)
	search.Each(func(name, raw string) bool {
		p.Set(name, raw)
		return true
	})
	p.Set("$screen_width", string(jsontext.AppendInt(nil, f.Width)))
	p.Set("$screen_height", string(jsontext.AppendInt(nil, f.Height)))
	set("mp_lib", lib)
	set("$lib_version", LibVersion)
	return p
}
