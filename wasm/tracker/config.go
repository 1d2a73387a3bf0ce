package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// Config is the part of the page's configuration that Go needs.
type Config struct {
	APIHost        string
	BatchSize      int
	FlushMS        int64 // maximum time from an event to the request that carries it
	Debug          bool
	EventNames     []string
	Plan           identity.Properties // the events of the tracking plan
	InTests        bool                // warnings are thrown, or only recorded: the site is being tested
	Blocklist      []string
	OldBlocklist   []string // of property_blacklist, the older name
	TrackMarketing bool
	IP             bool
	Batch          bool // false: each message goes at once, in a request of its own
	Paused         bool // nothing that waits is sent: Mixpanel's option batch_autostart is false
	SaveReferrer   bool
	Mixpanel       bool // the page uses the entry throughline/mixpanel, whose calls return what mixpanel-browser's return
	Endpoints      [identity.EndpointCount]EndpointConfig
	Landing        LandingConfig
	PersistenceConfig
	ExtraQuery string // what is added to the query of each request, beginning with &
	Beacon     bool   // what goes alone goes by beacon: Mixpanel's option api_transport
	Test       bool   // Mixpanel's option test, which is passed on to the server

	// Where the entry throughline/mixpanel keeps what the visitor decided: js/src/mixpanel/consent.ts.
	ConsentPrefix   string
	ConsentInCookie bool
}

// Defaults returns the configuration of a page that sets no option.
func Defaults() *Config {
	return &Config{APIHost: "https://api-js.mixpanel.com", BatchSize: 500, FlushMS: 500, TrackMarketing: true, IP: true, Batch: true, SaveReferrer: true, Landing: LandingConfig{StoreUTM: true},
		PersistenceConfig: PersistenceConfig{CrossSubdomainCookie: true, CookieDays: 365},
	}
}

// optionNames are all options of js/src/types.ts, including those that only the shim uses.
var optionNames = []string{
	"api_extra_query_params", "api_host", "api_hosts", "api_routes", "batch_requests", "batch_size", "batch_flush_interval_ms", "cookie_domain",
	"cookie_expiration", "cookie_name", "cross_site_cookie", "cross_subdomain_cookie", "debug", "disable_persistence", "event_names", "ignore_dnt",
	"ip", "loaded", "opt_out_tracking_by_default", "opt_out_tracking_cookie_prefix", "persistence_name", "property_blacklist",
	"property_blocklist", "secure_cookie", "test", "track_links_timeout", "track_marketing", "track_pageview", "tracking_plan", "warnings", "wasm_url",
}

func didYouMean(name string, known []string) string {
	if like, ok := identity.SuggestName(name, known); ok {
		return "Did you mean " + like + "?"
	}
	return ""
}

// maxOptionWarnings limits the warnings of one configuration. A page that passes thousands of unknown options has passed something
// else.
const maxOptionWarnings = 20

// setOptions sets the options in text, a JSON object. It returns a warning for each option that is unknown or has a value of the wrong type, up to
// maxOptionWarnings.
func (c *Config) setOptions(text string) (warnings []identity.Warning) {
	c.Mixpanel = c.Mixpanel || hasMember(text, "mixpanel")
	_ = jsontext.Object(text, func(name, raw string) bool {
		if name == "api_host" {
			host, fault := parseHost(raw)
			if host != "" {
				c.APIHost = host
			}
			if fault != "" {
				warnings = append(warnings, badOptionWarning(name, raw, fault))
			}
			return true
		}
		if c.setOption(name, raw) || len(warnings) == maxOptionWarnings {
			return true
		}
		if o, ok := findMixpanelOption(name); ok {
			if !o.isObeyed(c.Mixpanel, raw) {
				why, instead := o.reasons()
				warnings = append(warnings, identity.NewWarning(identity.NotSupported, "The option "+name, why, instead))
			}
			return true
		}
		for _, known := range optionNames {
			if name == known {
				warnings = append(warnings, badOptionWarning(name, raw, keepsItsValue))
				return true
			}
		}
		warnings = append(warnings, identity.NewWarning(identity.UnknownOption, name, didYouMean(name, optionNames)))
		return true
	})
	return warnings
}

func (c *Config) setOption(name, raw string) bool {
	ok := true
	switch name {
	case "batch_size":
		ok = parsePositive(raw, func(n int64) { c.BatchSize = int(n) })
	case "batch_flush_interval_ms":
		ok = parsePositive(raw, func(n int64) { c.FlushMS = n })
	case "debug":
		ok = parseBool(raw, &c.Debug)
	case "track_marketing":
		ok = parseBool(raw, &c.TrackMarketing)
	case "ip":
		if ok = raw == "0" || raw == "1"; ok { // mixpanel-browser takes these too.
			c.IP = raw == "1"
		} else {
			ok = parseBool(raw, &c.IP)
		}
	case "batch_requests":
		ok = parseBool(raw, &c.Batch)
	case "test":
		ok = parseBool(raw, &c.Test)
	case "mixpanel":
		ok = parseBool(raw, &c.Mixpanel)
	case "api_hosts", "api_routes":
		ok = c.setEndpoints(name, raw)
	case "batch_autostart":
		ok = parseBool(raw, &c.Paused)
		c.Paused = ok && !c.Paused
		return c.Mixpanel
	case "save_referrer", "store_google", "stop_utm_persistence", "skip_first_touch_marketing", "mp_loader":
		ok = c.Landing.setOption(c, name, raw)
		return ok && c.Mixpanel
	case "api_transport":
		c.Beacon = isBeacon(raw)
		return c.Mixpanel
	case "api_extra_query_params":
		ok = c.setExtraQuery(raw)
	case "tracking_plan":
		c.Plan, ok = identity.PlanEvents(raw)
		ok = ok || raw == "null"
	case "event_names":
		ok = parseStrings(raw, &c.EventNames)
	case "property_blocklist":
		ok = parseStrings(raw, &c.Blocklist)
	case "property_blacklist":
		ok = parseStrings(raw, &c.OldBlocklist)
	case "ignore_dnt", "opt_out_tracking_by_default":
		var used bool // by js/src/record.ts
		ok = parseBool(raw, &used)
	case "opt_out_tracking_cookie_prefix":
		c.ConsentPrefix, ok = jsontext.Unquote(raw)
		ok = ok || raw == "null"
	case "opt_out_tracking_persistence_type":
		c.ConsentInCookie = raw != `"localStorage"`
		ok = c.Mixpanel
	case "persistence_name", "wasm_url", "warnings":
		var text string
		if text, ok = jsontext.Unquote(raw); name == "warnings" {
			c.InTests = text == "throw" || text == "silent"
		}
	case "track_links_timeout": // Used by js/src/core/dom-trackers.ts.
		ok = raw == "0" || parsePositive(raw, func(int64) {})
	case "track_pageview": // Used by js/src/shim.ts and js/src/core/page-views.ts.
		ok = hasName(pageViewOptions, raw)
	case "loaded":
		ok = raw == "null"
	default:
		return c.PersistenceConfig.setOption(name, raw)
	}
	return ok
}

// hasMember reports whether an object has a member that is true.
func hasMember(text, member string) bool { return memberOf(text, member) == "true" }

// memberOf returns a member of an object as raw JSON, or "" if there is none.
func memberOf(text, member string) (found string) {
	_ = jsontext.Object(text, func(name, raw string) bool {
		if name == member {
			found = raw
		}
		return true
	})
	return found
}

func parsePositive(raw string, set func(int64)) bool {
	n, ok := jsontext.ParseInt(raw)
	if !ok || n <= 0 {
		return false
	}
	set(n)
	return true
}

func parseBool(raw string, to *bool) bool {
	if raw != "true" && raw != "false" {
		return false
	}
	*to = raw == "true"
	return true
}

func parseStrings(raw string, to *[]string) bool {
	var all []string
	good := true
	err := jsontext.Array(raw, func(value string) bool {
		s, ok := jsontext.Unquote(value)
		all = append(all, s)
		good = good && ok
		return good
	})
	if err != nil || !good {
		return false
	}
	*to = all
	return true
}
