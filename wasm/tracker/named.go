package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// shimMethods are the methods of js/src/types.ts that package identity does not know by name, to suggest one for a misspelt name.
var shimMethods = [...]string{
	"init", "track", "alias", "identify", "reset", "register", "register_once", "unregister", "time_event", "get_distinct_id",
	"get_property", "set_config", "get_config", "flush", "ready", "opt_out_tracking", "opt_in_tracking", "has_opted_out_tracking",
	"has_opted_in_tracking", "clear_opt_in_out_tracking",
	"track_pageview", "track_links", "track_forms", "history",
}

// callNamed makes a call whose arguments are the method's name and its own arguments. If there is no such method, it warns.
func (t *Tracker) callNamed(call identity.Call, text string) string {
	var args []identity.Value
	_ = jsontext.Array(text, func(raw string) bool {
		args = append(args, identity.Value(raw))
		return true
	})
	name := ""
	if len(args) > 0 {
		name, _ = jsontext.Unquote(string(args[0]))
		switch name {
		case "has_opted_in_tracking":
			if t.hasOptedIn() {
				return "true"
			}
			return "false"
		case "clear_opt_in_out_tracking":
			t.clearConsent(call)
			return ""
		case "history":
			return t.callsVisitor().History()
		case "track_pageview":
			return t.trackPageView(call, append(args, "", ""))
		case "track_links", "track_forms": // Of a page that has ended: while there are elements, js/src/core/dom-trackers.ts makes the call.
			return ""
		}
		outcome, isKnown := t.callsVisitor().Profile(call, name, args[1:]...)
		t.accept(outcome)
		if isKnown || name == "get_group" { // The shim makes the object that get_group returns.
			return outcome.Answer
		}
	}
	if kind, isMixpanels := findMixpanelMethod(name); isMixpanels {
		why, instead := kind.reasons()
		t.warnOf(identity.NotSupported, name, why, instead)
		return ""
	}
	t.warnOf(identity.UnknownMethod, name, didYouMean(name, append(shimMethods[:], identity.ProfileMethods()...)))
	return ""
}
