package tracker

import "github.com/throughline/throughline/identity"

// sharedCookie is the cookie by which the subdomains of a site share a visitor: each has a localStorage of its own. It has the name of the
// record's key, and is on the widest domain that the browser allows. Where there is none, as on localhost, there is no cookie.
type sharedCookie struct {
	text     string           // as last read or written
	base     *identity.Record // the record in it
	revision uint64           // of the visitor when it was written
	refused  bool             // the browser does not keep it
}

// maxCookieBytes is how long the name and the value of a cookie may be together. Browsers drop one that exceeds 4,096 bytes.
const maxCookieBytes = 4000

func (t *Tracker) sharesCookie() bool {
	return t.config.CrossSubdomainCookie && !t.config.DisablePersistence && !t.shared.refused
}

// readSharedCookie merges what another subdomain has changed.
func (t *Tracker) readSharedCookie(now int64) {
	c := &t.shared
	if !t.sharesCookie() {
		return
	}
	text := t.ports.Cookie(t.record.key)
	if text == "" || text == c.text {
		return
	}
	mine := t.visitor.Record()
	before := string(mine.AppendJSON(nil))
	base := mine
	if c.text != "" {
		base = c.base
	}
	c.text = text
	merged := identity.MergeShared(base, mine, text)
	c.base, _ = identity.ParseRecord(text)
	if string(merged.AppendJSON(nil)) != before {
		t.adoptRecord(merged, now)
	}
}

// saveSharedCookie writes the cookie if anything in it has changed. It comes before the record is saved, which then has the
// same line.
func (t *Tracker) saveSharedCookie(now int64) {
	c := &t.shared
	if !t.sharesCookie() || c.text != "" && c.revision == t.visitor.Revision() {
		return
	}
	t.readSharedCookie(now)
	if text := t.visitor.SharedJSON(maxCookieBytes - len(t.record.key)); text != c.text {
		if c.refused = !t.ports.SetCookie(t.config.cookie(t.record.key, widestDomain, text, t.config.CookieDays)); c.refused {
			return
		}
		c.text = text
		c.base, _ = identity.ParseRecord(text)
	}
	t.visitor.BeginLine()
	c.revision = t.visitor.Revision()
}
