package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/page"
)

// Page is where a call was made: all trackers of a program share it.
type Page struct {
	facts    page.Facts
	revision uint64
}

// Set takes what js/src/stamp.ts says of the page: a JSON array of address, referrer, screen width and height.
func (p *Page) Set(text string) {
	i := 0
	_ = jsontext.Array(text, func(raw string) bool {
		switch i {
		case 0:
			p.facts.URL, _ = jsontext.Unquote(raw)
		case 1:
			p.facts.Referrer, _ = jsontext.Unquote(raw)
		case 2:
			p.facts.Width, _ = jsontext.ParseInt(raw)
		case 3:
			p.facts.Height, _ = jsontext.ParseInt(raw)
		}
		i++
		return true
	})
	p.revision++
}

// direct is the first referrer of a visitor who came from nowhere, Mixpanel's.
const direct = "$direct"

// showPage gives the visitor the page's properties, if the page is another than before.
func (t *Tracker) applyPage() {
	if t.appliedPageRevision == t.page.revision {
		return
	}
	t.appliedPageRevision = t.page.revision
	facts := t.page.facts
	facts.UserAgent = t.facts.UserAgent
	var marketing identity.Properties
	if t.config.TrackMarketing {
		marketing = page.Marketing(facts.URL)
	}
	referrer, domain := facts.Referrer, page.Host(facts.Referrer)
	if referrer == "" {
		referrer, domain = direct, direct
	}
	t.callsVisitor().SetPage(page.Defaults(facts), marketing, referrer, domain)
}
