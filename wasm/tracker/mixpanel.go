package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// callMixpanel runs a call of the entry throughline/mixpanel. Unlike a call of the library's own entry it is complete when it returns: a page or
// a test that was written for mixpanel-browser may look at once at what is stored and what was sent. It returns what mixpanel-browser returns:
// the message, if the call makes one.
func (t *Tracker) callMixpanel(method Method, call identity.Call, args string) (answer string) {
	switch method {
	case MethodTrack, MethodAlias:
		answer = truncateTexts(t.callWithMessage(method, call, args))
	case MethodIdentify:
		answer = t.call(method, call, args)
		// mixpanel-browser sends the updates that have waited before it tells of the identification.
		t.outboxes[identity.PeopleEndpoint].Commit(max(t.now, call.TimeMS))
	case MethodNamed:
		answer = truncateTexts(t.call(method, call, args))
	default:
		answer = t.call(method, call, args)
	}
	if t.hasAlone || t.record.revision != t.visitor.Revision() {
		t.hasAlone = false
		t.commit(max(t.now, call.TimeMS))
		t.inTask = true
	}
	return answer
}

// callWithMessage runs a call whose answer is the message that it makes.
func (t *Tracker) callWithMessage(method Method, call identity.Call, text string) (answer string) {
	args := append(arguments(text), "", "", "")
	if method == MethodTrack {
		t.requestOptions = parseRequestOptions(string(args[2]))
		defer func() { t.requestOptions = requestOptions{} }()
	}
	outcome := t.callVisitor(method, call, args[0], args[1])
	t.accept(outcome)
	if len(outcome.Messages) > 0 { // After an alias come the updates of the profile that have waited for it.
		answer = outcome.Messages[0].JSON()
	}
	return answer
}

// requestOptions is the third argument of Mixpanel's track.
type requestOptions struct {
	immediately bool // send_immediately
	beacon      bool // transport: 'sendBeacon'
}

func parseRequestOptions(text string) requestOptions {
	return requestOptions{immediately: hasMember(text, "send_immediately"), beacon: isBeacon(memberOf(text, "transport"))}
}

// isBeacon reports whether the value of Mixpanel's options transport and api_transport is sendBeacon, in any letter case.
func isBeacon(raw string) bool {
	const beacon = "sendbeacon"
	text, _ := jsontext.Unquote(raw)
	isSame := len(text) == len(beacon)
	for i := 0; isSame && i < len(beacon); i++ {
		isSame = text[i]|0x20 == beacon[i]
	}
	return isSame
}

// alone returns how the messages of the current call go. As in mixpanel-browser, the transport matters only to what is not batched.
func (t *Tracker) alone() outbox.Alone {
	switch {
	case t.config.Batch && !t.requestOptions.immediately:
		return outbox.Batched
	case t.config.Beacon || t.requestOptions.beacon:
		t.hasAlone = true
		return outbox.AloneByBeacon
	}
	t.hasAlone = true
	return outbox.AloneByFetch
}

// arguments returns the arguments in the text of a JSON array. One that is absent or null is "".
func arguments(text string) (args []identity.Value) {
	_ = jsontext.Array(text, func(raw string) bool {
		args = append(args, identity.Value(nullToEmpty(raw)))
		return true
	})
	return args
}
