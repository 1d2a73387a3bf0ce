package tracker

import "github.com/throughline/throughline/identity/jsontext"

// Facts is what the shim passes when it opens a tracker.
type Facts struct {
	Token           string
	PersistenceName string
	Config          string // as the page passed it, JSON
	Mirrored        string // the record in IndexedDB, or the one that all new tabs have settled on
	Mixpanel        string // the record that mixpanel-browser left
	PageID          string // identifies this page load
	UserAgent       string
	HandedOver      string // the record for which an earlier page's calls were handed over, "" if there are none
	Consent         string // what is known of it from elsewhere than the record: doNotTrack, consentOut, consentIn or ""
}

// ParseFacts parses the text that js/src/core/core.ts makes: a JSON array of the fields in the order below.
func ParseFacts(text string) *Facts {
	f := &Facts{}
	fields := [...]*string{&f.Token, &f.PersistenceName, &f.Config, &f.Mirrored, &f.Mixpanel, &f.PageID, &f.UserAgent, &f.HandedOver, &f.Consent}
	const raw = 2 // Config stays JSON
	i := 0
	_ = jsontext.Array(text, func(value string) bool {
		if i == raw {
			f.Config = value
		} else if s, ok := jsontext.Unquote(value); ok {
			*fields[i] = s
		}
		i++
		return i < len(fields)
	})
	return f
}
