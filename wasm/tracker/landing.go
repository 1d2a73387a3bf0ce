package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/page"
)

// LandingConfig is what the options of mixpanel-browser say of the page on which a visitor arrives. Only the entry throughline/mixpanel has them.
type LandingConfig struct {
	StoreUTM       bool   // store_google: the utm parameters become super properties
	StopUTM        bool   // stop_utm_persistence: with store_google, those that earlier pages stored are removed instead
	SkipFirstTouch bool   // skip_first_touch_marketing: the profile does not get the first utm parameters
	Loader         string // mp_loader, a property of every event, as JSON
}

// setOption sets an option and reports whether its value is valid.
func (l *LandingConfig) setOption(c *Config, name, raw string) bool {
	switch name {
	case "save_referrer":
		return parseBool(raw, &c.SaveReferrer)
	case "store_google":
		return parseBool(raw, &l.StoreUTM)
	case "stop_utm_persistence":
		return parseBool(raw, &l.StopUTM)
	case "skip_first_touch_marketing":
		return parseBool(raw, &l.SkipFirstTouch)
	}
	l.Loader = nullToEmpty(raw)
	return true
}

// applyLanding does what mixpanel-browser does with the page on which a visitor arrives: it registers the campaign and the search as super
// properties, and sets the first referrer and the first campaign in the profile, which waits until the visitor is identified. Those of an identified
// visitor are set already, except for the campaign, which may be the first one. Nothing is stored while the visitor has opted out.
func (t *Tracker) applyLanding(now int64) {
	v := t.callsVisitor()
	if v.OptedOut() {
		return
	}
	call := identity.Call{TimeMS: now, InsertID: t.facts.PageID}
	url := t.page.facts.URL
	campaign := page.Campaign(url)
	search := page.Search(t.page.facts.Referrer)
	switch {
	case t.config.Landing.StoreUTM && t.config.Landing.StopUTM:
		for _, name := range page.CampaignNames() {
			v.Unregister(call, identity.String(name))
		}
	case t.config.Landing.StoreUTM:
		campaign.Each(func(name, raw string) bool {
			search.Set(name, raw)
			return true
		})
	}
	if search.Len() > 0 {
		v.Register(call, identity.Value(search.AppendJSON(nil)))
	}
	if t.isLanded {
		return
	}
	t.isLanded = true
	if !t.config.Landing.SkipFirstTouch && campaign.Len() > 0 {
		var first identity.Properties
		for _, name := range page.CampaignNames() {
			raw, ok := campaign.Get(name)
			if !ok {
				raw = "null" // The parameters belong together: without that, those of several campaigns would mix.
			}
			first.Set("initial_"+name, raw)
		}
		t.setOnce(call, "u", first)
	}
	if v.IsIdentified() {
		return
	}
	var referrer identity.Properties
	for _, name := range [...]string{"$initial_referrer", "$initial_referring_domain"} {
		if raw, ok := v.Property(name); ok {
			referrer.Set(name, raw)
		}
	}
	if referrer.Len() > 0 {
		t.setOnce(call, "r", referrer)
	}
}

// setOnce sets properties of the profile that have no value yet. The mark makes the insert ids of a page's calls differ.
func (t *Tracker) setOnce(call identity.Call, mark string, properties identity.Properties) {
	call.InsertID += mark
	outcome, _ := t.callsVisitor().Profile(call, "people.set_once", identity.Value(jsontext.UnsafeString(properties.AppendJSON(nil))))
	t.accept(outcome)
}
