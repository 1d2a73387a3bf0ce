package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/page"
)

// Page is the page on which calls are made. All trackers of a program share it.
type Page struct {
	facts    page.Facts
	revision uint64
}

// Set sets the page from what js/src/call-factory.ts reads: a JSON array of address, referrer, screen width,
// screen height and title.
func (p *Page) Set(text string) {
	i := 0
	before := p.facts
	before.Title, p.facts.Title = "", "" // Only page views have the title: another does not change what the other events have.
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
		case 4:
			p.facts.Title, _ = jsontext.Unquote(raw)
		}
		i++
		return true
	})
	title := p.facts.Title
	p.facts.Title = ""
	if p.facts != before {
		p.revision++
	}
	p.facts.Title = title
}

// direct is Mixpanel's value for the first referrer of a visitor who came without one.
const direct = "$direct"

// applyPage sets the visitor's page properties, if the page has changed since the last call.
func (t *Tracker) applyPage(now int64) {
	if t.pageRevision == t.page.revision {
		return
	}
	t.pageRevision = t.page.revision
	facts := &t.page.facts
	facts.UserAgent = t.facts.UserAgent
	var marketing identity.Properties
	if t.config.TrackMarketing {
		marketing = page.Marketing(facts.URL)
	}
	referrer, domain := facts.Referrer, page.Host(facts.Referrer)
	if referrer == "" {
		referrer, domain = direct, direct
	}
	if !t.config.SaveReferrer {
		referrer, domain = "", ""
	}
	defaults := page.Defaults(facts)
	if t.config.Landing.Loader != "" {
		defaults.Set("mp_loader", t.config.Landing.Loader)
	}
	t.callsVisitor().SetPage(defaults, marketing, referrer, domain)
	if t.config.Mixpanel {
		t.applyLanding(now)
	}
}
