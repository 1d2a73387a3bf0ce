package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/page"
)

// autocaptured is the property with which mixpanel-browser marks events that the page did not track itself.
const autocaptured = "$mp_autocapture"

// pageViewOptions are the values of the option track_pageview, between spaces.
const pageViewOptions = ` true false "full-url" "url-with-path" "url-with-path-and-query-string" `

// trackPageView runs track_pageview(properties, options), whose arguments follow the method's name in args. The page's own properties replace
// those of the view. The result is the event, as of track_with_groups.
func (t *Tracker) trackPageView(call identity.Call, args []identity.Value) string {
	properties := page.View(&t.page.facts)
	own := string(args[1])
	isAutomatic := false
	err := jsontext.Object(own, func(name, raw string) bool {
		isAutomatic = isAutomatic || name == autocaptured
		properties.Set(name, raw)
		return true
	})
	v := t.callsVisitor()
	if isAutomatic && v.OptedOut() {
		return "" // Without a warning, because the page did not make this call.
	}
	if err != nil && nullToEmpty(own) != "" {
		t.warnOf(identity.BadProperties, "track_pageview", own)
	}
	event := identity.Value(jsontext.Quote(page.ViewEvent))
	_ = jsontext.Object(string(args[2]), func(name, raw string) bool {
		if name == "event_name" && raw[0] == '"' && raw != `""` {
			event = identity.Value(raw)
		}
		return true
	})
	outcome := v.Track(call, event, identity.Value(properties.AppendJSON(nil)))
	t.accept(outcome)
	if len(outcome.Messages) == 0 {
		return ""
	}
	return outcome.Messages[0].JSON()
}
