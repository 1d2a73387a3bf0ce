package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/outbox"
)

// Call runs one call of the page. args is the text of a JSON array. The result is JSON text, or "" if the call returns nothing.
func (t *Tracker) Call(method Method, call identity.Call, args string) string {
	if method == MethodAlias || method == MethodIdentify {
		t.inTask = false // A page may empty storage at logout, even in this task. Then nobody may become an alias of the visitor before.
	}
	t.beginCall(call.TimeMS)
	if t.config.Mixpanel {
		return t.callMixpanel(method, call, args)
	}
	return t.call(method, call, args)
}

func (t *Tracker) call(method Method, call identity.Call, args string) string {
	first, second := firstTwoArguments(args)
	switch method {
	case MethodGetDistinctID:
		return jsontext.Quote(t.shownVisitor().DistinctID())
	case MethodGetProperty:
		return t.getProperty(first)
	case MethodHasOptedOut:
		if t.visitor.OptedOut() {
			return "true"
		}
	case MethodConfigure:
		t.Configure(first)
	case MethodNamed:
		return t.callNamed(call, args)
	case MethodWarn:
		code, _ := jsontext.Unquote(first)
		subject, _ := jsontext.Unquote(second)
		t.warnOf(identity.Code(code), subject)
	default:
		t.accept(t.callVisitor(method, call, identity.Value(first), identity.Value(second)))
	}
	return ""
}

// Tracks runs several calls of track, one per line. A line consists of the time in milliseconds, a space, the insert id and the JSON
// array of arguments.
func (t *Tracker) Tracks(calls string) {
	for calls != "" {
		var call string
		call, calls, _ = jsontext.CutLine(calls)
		at, rest := jsontext.Cut(call, ' ')
		ms, _ := jsontext.ParseInt(at)
		id, _ := jsontext.Cut(rest, '[')
		t.Call(MethodTrack, identity.Call{TimeMS: ms, InsertID: id}, rest[len(id):])
	}
}

func (t *Tracker) callVisitor(method Method, call identity.Call, first, second identity.Value) identity.Outcome {
	v := t.callsVisitor()
	if v == t.unstored {
		t.callStored(method, call, first, second)
	}
	switch method {
	case MethodTrack:
		return v.Track(call, first, second)
	case MethodAlias:
		return v.Alias(call, first, second)
	case MethodIdentify:
		return v.Identify(call, first)
	case MethodReset:
		t.unstored = nil
		if t.config.Mixpanel {
			t.pageRevision = 0 // The next call registers the campaign again, as in mixpanel-browser.
		}
		return v.Reset(call, t.newDeviceID())
	case MethodRegister, MethodRegisterOnce, MethodUnregister:
		return t.register(v, method, call, first, string(second))
	case MethodTimeEvent:
		return v.TimeEvent(call, first)
	case MethodOptOut:
		return t.optOut(v, call, first)
	case MethodOptIn:
		return t.optIn(v, call, first)
	}
	return identity.Outcome{}
}

// beginCall reads the record from storage at the first call of each task, because other tabs and other scripts may have changed it.
func (t *Tracker) beginCall(now int64) {
	if !t.inTask {
		t.inTask = true
		t.refresh(now)
	}
	t.applyPage(now)
}

// accept appends the messages of an outcome to the outboxes and passes its warnings to the page.
func (t *Tracker) accept(outcome identity.Outcome) {
	for i := range outcome.Messages {
		m := &outcome.Messages[i]
		head, rest := m.Head, m.Rest
		if t.config.Mixpanel {
			head, rest = truncateTexts(head), truncateTexts(rest)
		}
		t.outboxes[m.Endpoint].Append(outbox.Message{
			Head: head, Rest: rest, InsertID: m.InsertID, Urgent: m.Alias != "", Cumulative: m.Cumulative, Alone: t.alone(),
		})
	}
	t.warn(outcome.Warnings)
}

// getProperty answers get_property: a property of the visitor or, for "$dropped", the counts of dropped messages by reason.
func (t *Tracker) getProperty(raw string) string {
	name, _ := jsontext.Unquote(raw)
	if name == "$dropped" {
		return string(t.dropped().AppendJSON(nil))
	}
	switch name { // Only throughline/mixpanel asks for these two.
	case "$identified": // Whether updates of the profile are sent.
		if t.shownVisitor().IsIdentified() {
			return "true"
		}
		return ""
	case "$mixpanel_record":
		return t.shownVisitor().MixpanelJSON(0)
	}
	if value, ok := t.shownVisitor().Property(name); ok {
		return value
	}
	return "" // Before Go runs, too, a property that there is not is undefined.
}

// firstTwoArguments returns the raw texts of the arguments in a JSON array of at most two. An argument that is absent, or null, is "":
// JSON.stringify turns undefined into null. The second is not validated here, because the method that takes it does, and an event's
// properties should be scanned only once.
func firstTwoArguments(args string) (first, second string) {
	if len(args) < 2 {
		return "", ""
	}
	return firstTwoValues(args[1 : len(args)-1])
}

// firstTwoValues is firstTwoArguments without the brackets of the array.
func firstTwoValues(inside string) (first, second string) {
	first, ok := jsontext.FirstValue(inside)
	if !ok {
		return "", ""
	}
	if len(inside) > len(first) {
		second = inside[len(first)+1:]
	}
	return nullToEmpty(first), nullToEmpty(second)
}

func nullToEmpty(raw string) string {
	if raw == "null" {
		return ""
	}
	return raw
}
