package tracker

import "github.com/throughline/throughline/identity/jsontext"

// Facts are what the shim knows when it opens a tracker.
type Facts struct {
	Token           string
	PersistenceName string
	Config          string // as the page gave it, JSON
	Mirrored        string // the record that IndexedDB has, or settled on for a visitor new to localStorage
	Mixpanel        string // the record that mixpanel-browser left
	PageID          string // names this page load
	UserAgent       string
	HandedOver      string // the record for which the calls that waited were handed over, "" where they were not
}

// ParseFacts reads the text that js/src/core/core.ts makes: an array of the fields in their order.
func ParseFacts(text string) Facts {
	var f Facts
	fields := [...]*string{&f.Token, &f.PersistenceName, &f.Config, &f.Mirrored, &f.Mixpanel, &f.PageID, &f.UserAgent, &f.HandedOver}
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
