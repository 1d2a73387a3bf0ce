package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// PersistenceConfig is the options that say what is stored in the browser, and how.
type PersistenceConfig struct {
	DisablePersistence   bool   // everything is kept in memory only
	LocalPersistence     bool   // mixpanel-browser's record is in localStorage, not in a cookie
	Upgrade              string // the name of an old record to take over, "" for none
	CookieName           string // names mixpanel-browser's record, where persistence_name does not
	CookieDomain         string
	CookieDays           int64 // 0: until the browser ends
	CrossSubdomainCookie bool
	CrossSiteCookie      bool
	SecureCookie         bool
}

// oldMixpanelRecord is the name of the record of the first versions of mixpanel-browser, which `upgrade: true` takes over.
const oldMixpanelRecord = "mp_super_properties"

// setOption returns false for an option that it does not know, that has a value of the wrong type, or that mixpanelOption decides on.
func (c *PersistenceConfig) setOption(name, raw string) bool {
	ok := true
	text, isText := jsontext.Unquote(raw)
	switch name {
	case "disable_persistence", "disable_cookie":
		disabled := false
		ok = parseBool(raw, &disabled)
		c.DisablePersistence = disabled || c.DisablePersistence && name == "disable_cookie"
	case "persistence":
		c.LocalPersistence, ok = text == "localStorage", false
	case "upgrade":
		if c.Upgrade, ok = text, false; raw == "true" {
			c.Upgrade = oldMixpanelRecord
		}
	case "cookie_name":
		c.CookieName, ok = text, isText
	case "cookie_domain":
		c.CookieDomain, ok = text, isText
	case "cookie_expiration":
		if c.CookieDays, ok = jsontext.ParseInt(raw); raw == "null" || raw == "false" {
			ok = true
		}
	case "cross_subdomain_cookie":
		ok = parseBool(raw, &c.CrossSubdomainCookie)
	case "cross_site_cookie":
		ok = parseBool(raw, &c.CrossSiteCookie)
	case "secure_cookie":
		ok = parseBool(raw, &c.SecureCookie)
	default:
		return false
	}
	return ok
}

// applyPersistence does what follows from a change of the options, which were before.
func (t *Tracker) applyPersistence(before *PersistenceConfig) {
	c := &t.config.PersistenceConfig
	if *before == *c {
		return
	}
	if t.shared.text != "" { // The cookies are written anew, with other attributes or not at all.
		t.ports.SetCookie(before.cookie(t.record.key, widestDomain, "", 0))
	}
	if t.mixpanel.written && t.mixpanel.inCookie {
		for _, domain := range [...]string{mixpanelDomain, ""} {
			t.ports.SetCookie(before.cookie(t.mixpanelName(), domain, "", 0))
		}
	}
	t.shared = sharedCookie{}
	t.mixpanel.text, t.mixpanel.written, t.mixpanel.days = "", false, c.CookieDays
	if c.DisablePersistence != before.DisablePersistence {
		t.moveTexts(c.DisablePersistence)
	}
}

// moveTexts moves what is stored for this tracker to memory, or back.
func (t *Tracker) moveTexts(toMemory bool) {
	prefixes := [...]string{t.record.key, t.outboxConfig(identity.EventsEndpoint).Prefix}
	var texts identity.Properties
	for _, prefix := range prefixes {
		for _, key := range t.ports.Keys(prefix) {
			if text, ok := t.ports.Get(key); ok && (prefix != t.record.key || key == prefix) {
				texts.Set(key, text)
				t.ports.Remove(key)
			}
		}
	}
	if toMemory {
		t.removeMixpanelRecord(false)
		t.removeMixpanelRecord(true)
		t.ports.SetCookie(t.config.cookie(t.record.key, widestDomain, "", 0))
		t.ports.Drop([]string{t.record.key})
	}
	t.memory.isUsed = toMemory
	texts.Each(func(key, text string) bool { return t.ports.Set(key, text) == outbox.OK })
}

// memory has the texts that would be in localStorage, while the option disable_persistence is set.
type memory struct {
	isUsed bool
	texts  identity.Properties
}

// storedPorts are outbox.Ports whose storage may be memory.
type storedPorts struct {
	outbox.Ports
	memory *memory
}

func (p storedPorts) Get(key string) (string, bool) {
	if p.memory.isUsed {
		return p.memory.texts.Get(key)
	}
	return p.Ports.Get(key)
}

func (p storedPorts) Set(key, text string) outbox.StorageStatus {
	if p.memory.isUsed {
		p.memory.texts.Set(key, text)
		return outbox.OK
	}
	return p.Ports.Set(key, text)
}

func (p storedPorts) Remove(key string) {
	if p.memory.isUsed {
		p.memory.texts.Delete(key)
	}
	p.Ports.Remove(key)
}

func (p storedPorts) Keys(prefix string) []string {
	if !p.memory.isUsed {
		return p.Ports.Keys(prefix)
	}
	var all []string
	p.memory.texts.Each(func(key, _ string) bool {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			all = append(all, key)
		}
		return true
	})
	return all
}

func (p storedPorts) Keep(key, text string) {
	if !p.memory.isUsed {
		p.Ports.Keep(key, text)
	}
}

// pagePorts are the ports of a page whose storage may be memory.
type pagePorts struct {
	storedPorts
	page Ports
}

func (p pagePorts) For(endpoint identity.Endpoint) outbox.Ports {
	return storedPorts{p.page.For(endpoint), p.memory}
}

func (p pagePorts) Cookie(name string) string        { return p.page.Cookie(name) }
func (p pagePorts) SetCookie(c *Cookie) bool         { return p.page.SetCookie(c) }
func (p pagePorts) Warn(warning string)              { p.page.Warn(warning) }
func (p pagePorts) Flushed(ticket uint32, done bool) { p.page.Flushed(ticket, done) }
