package page

import "github.com/throughline/throughline/identity"

// ViewEvent is Mixpanel's name for a page view.
const ViewEvent = "$mp_web_page_view"

// View returns the properties of a page view: title, parts of the address, utm parameters and click ids. Empty ones are left out.
func View(f *Facts) identity.Properties {
	var p identity.Properties
	set := func(name, value string) {
		if value != "" {
			p.SetString(name, value)
		}
	}
	protocol, path, search := splitURL(f.URL)
	set("current_page_title", f.Title)
	set("current_domain", Host(f.URL))
	set("current_url_path", path)
	set("current_url_protocol", protocol)
	set("current_url_search", search)
	marketing := Marketing(f.URL)
	marketing.Each(func(name, raw string) bool {
		p.Set(name, raw)
		return true
	})
	return p
}
