package identity_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestNothingIsRecordedWhileOptedOut(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	b.TimeEvent(b.nextCall(), `"Bought"`)
	b.OptOut(b.nextCall())
	assert.True(t, b.OptedOut())
	for name, call := range map[string]func() identity.Outcome{
		"track":      func() identity.Outcome { return b.track("Bought", `{"n":1}`) },
		"time_event": func() identity.Outcome { return b.TimeEvent(b.nextCall(), `"Bought"`) },
	} {
		assert.Equal(t, []identity.Code{identity.OptedOut}, b.requireUntouched(call), name)
	}
	note := func() identity.Outcome { return b.TrackInternal(b.nextCall(), "$dropped", `{"full":1}`) }
	assert.Empty(t, b.requireUntouched(note))
	b.load("page-2")
	assert.True(t, b.OptedOut())
	b.OptIn(b.nextCall())
	w := onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, anonymous, w.Properties["distinct_id"])
	assert.NotContains(t, w.Properties, "$duration", "the time before and during the opt-out is nobody's")
}

// describeMessages describes what each message says: event, distinct_id, and the alias or the previous distinct_id.
func describeMessages(t *testing.T, o identity.Outcome) []string {
	var all []string
	for _, m := range o.Messages {
		w := decodeMessage(t, m)
		text := fmt.Sprint(w.Event, " ", w.Properties["distinct_id"])
		for _, other := range []string{"alias", "$anon_distinct_id"} {
			if id, ok := w.Properties[other]; ok {
				text += fmt.Sprint(" ", id)
			}
		}
		all = append(all, text)
	}
	return all
}

const (
	aliasU    = "$create_alias " + anonymous + " U"
	identifyU = "$identify U " + anonymous
)

// Alias and Identify change the record while opted out. OptIn sends what is still true of it.
func TestMessagesSentAtOptIn(t *testing.T) {
	for name, c := range map[string]struct {
		before, out func(b *browser)
		told        []string
		distinctID  string
	}{
		"nothing":            {nil, nil, nil, anonymous},
		"a sign-up":          {nil, func(b *browser) { b.alias("U"); b.identify("U") }, []string{aliasU, identifyU}, anonymous},
		"an alias":           {nil, func(b *browser) { b.alias("U") }, []string{aliasU}, anonymous},
		"a login":            {nil, func(b *browser) { b.identify("U") }, []string{identifyU}, "U"},
		"a login, twice":     {nil, func(b *browser) { b.identify("U"); b.identify("U") }, []string{identifyU}, "U"},
		"two people":         {nil, func(b *browser) { b.identify("A"); b.identify("U") }, []string{identifyU}, "U"},
		"there and back":     {func(b *browser) { b.identify("A") }, func(b *browser) { b.identify("B"); b.identify("A") }, nil, "A"},
		"an alias forgotten": {nil, func(b *browser) { b.alias("A"); b.identify("U") }, []string{identifyU}, "U"},
		"a logout":           {nil, func(b *browser) { b.alias("U"); b.identify("U"); b.reset() }, nil, "$device:" + otherDevice},
		"a logout, and another login": {func(b *browser) { b.identify("A") }, func(b *browser) { b.reset(); b.identify("U") },
			[]string{"$identify U $device:" + otherDevice}, "U"},
		"an alias after a login": {func(b *browser) { b.identify("U") }, func(b *browser) { b.alias("V") }, []string{"$create_alias U V"}, "U"},
		"an alias of another": {nil, func(b *browser) { b.Alias(b.nextCall(), `"U"`, `"X"`); b.identify("V") },
			[]string{"$create_alias X U", "$identify V " + anonymous}, "V"},
		"an alias on its way":    {func(b *browser) { b.alias("U") }, nil, []string{aliasU}, anonymous},
		"an alias that arrived":  {func(b *browser) { b.AcknowledgeAlias(b.alias("U").Messages[0].InsertID, 0) }, nil, nil, anonymous},
		"an alias that arrives":  {func(b *browser) { b.alias("U") }, func(b *browser) { b.AcknowledgeAlias(b.Record().AliasInsertID, 0) }, nil, anonymous},
		"a login that was told":  {func(b *browser) { b.identify("U") }, nil, nil, "U"},
		"a login after an alias": {func(b *browser) { b.alias("U") }, func(b *browser) { b.identify("U") }, []string{aliasU, identifyU}, anonymous},
		"a bad id":               {nil, func(b *browser) { b.alias("undefined"); b.identify("null") }, nil, anonymous},
	} {
		for _, reload := range []bool{false, true} {
			b := newBrowser(t)
			if c.before != nil {
				c.before(b)
			}
			require.Empty(t, b.OptOut(b.nextCall()).Messages)
			if c.out != nil {
				c.out(b)
			}
			if reload {
				b.load("page-2")
			}
			o := b.OptIn(b.nextCall())
			assert.Equal(t, c.told, describeMessages(t, o), name)
			assert.Equal(t, c.distinctID, b.DistinctID(), name)
			assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.OptIn(b.nextCall()) }), name)
			assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.ReleaseHeld(b.nextCall()) }), "%s: once", name)
			ids := map[string]bool{}
			for _, m := range o.Messages {
				assert.LessOrEqual(t, len(m.InsertID), 36)
				ids[m.InsertID] = true
			}
			assert.Len(t, ids, len(o.Messages), name)
		}
	}
}

func TestCallsWhileOptedOutSendNothingAndWarnOfMisuse(t *testing.T) {
	b := newBrowser(t)
	b.OptOut(b.nextCall())
	for _, c := range []struct {
		call func() identity.Outcome
		want []identity.Code
	}{
		{func() identity.Outcome { return b.alias("U") }, nil},
		{func() identity.Outcome { return b.alias("V") }, []identity.Code{identity.AliasTwice}},
		{func() identity.Outcome { return b.identify("U") }, nil},
		{func() identity.Outcome { return b.identify("V") }, []identity.Code{identity.SwitchWithoutReset}},
		{func() identity.Outcome { return b.alias("W") }, []identity.Code{identity.AliasAfterIdentify}},
		{func() identity.Outcome { return b.Register(b.nextCall(), `{"plan":"pro","old":1}`) }, nil},
		{func() identity.Outcome { return b.RegisterOnce(b.nextCall(), `{"first":1}`, "") }, nil},
		{func() identity.Outcome { return b.Unregister(b.nextCall(), `"old"`) }, nil},
		{func() identity.Outcome { return b.Register(b.nextCall(), `{"token":1}`) }, []identity.Code{identity.ReservedProperty}},
	} {
		o := c.call()
		assert.Empty(t, o.Messages)
		assert.Equal(t, c.want, codes(o))
	}
	b.OptIn(b.nextCall())
	w := onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, []any{"V", "pro", 1.0}, []any{w.Properties["distinct_id"], w.Properties["plan"], w.Properties["first"]})
	assert.NotContains(t, w.Properties, "old")
}

// A visitor logs in, opts out and logs out, and another opts in on the same device: nothing is left of the first one.
func TestLogoutWhileOptedOut(t *testing.T) {
	b := newBrowser(t)
	b.SetPage(identity.Properties{}, identity.Properties{}, "https://from.example/", "from.example")
	b.alias("jane")
	b.identify("jane")
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	b.OptOut(b.nextCall())
	assert.Empty(t, b.reset().Warnings)
	assert.True(t, b.OptedOut(), "who opted out stays out")
	assert.NotContains(t, string(b.Record().AppendJSON(nil)), "jane")
	assert.NotContains(t, string(b.Record().AppendJSON(nil)), device)
	assert.Empty(t, b.OptIn(b.nextCall()).Messages)
	w := onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, "$device:"+otherDevice, w.Properties["distinct_id"])
	assert.Equal(t, otherDevice, w.Properties["$device_id"])
	assert.NotContains(t, w.Properties, "plan")
	assert.NotContains(t, w.Properties, "$user_id")
}

// A message that may have been delivered is sent with its original time and insert id; one that was never sent gets the time of the opt-in.
func TestMessageSentAgainAtOptInKeepsItsInsertID(t *testing.T) {
	b := newBrowser(t)
	sent := b.alias("U").Messages[0]
	b.OptOut(b.nextCall())
	b.identify("U")
	login := fmt.Sprint("call-", b.calls)
	for range 3 {
		b.load("page-2")
		o := b.OptIn(b.nextCall())
		require.NotEmpty(t, o.Messages)
		assert.Equal(t, []any{sent.InsertID, sent.TimeMS}, []any{o.Messages[0].InsertID, o.Messages[0].TimeMS})
		if login != "" {
			require.Len(t, o.Messages, 2)
			assert.Equal(t, []any{login, b.now}, []any{o.Messages[1].InsertID, o.Messages[1].TimeMS})
		}
		login = ""
		b.OptOut(b.nextCall())
	}
}

// A page that is killed after it sent a message, and before it stored that, sends the same message again.
func TestKilledWhileOptingIn(t *testing.T) {
	b := newBrowser(t)
	b.OptOut(b.nextCall())
	b.alias("U")
	b.identify("U")
	before := b.Record()
	first := b.OptIn(b.nextCall())
	b.ReplaceRecord(before)
	second := b.OptIn(b.nextCall())
	require.Len(t, second.Messages, 2)
	for i, m := range first.Messages {
		assert.Equal(t, m.InsertID, second.Messages[i].InsertID)
	}
}

func TestDeletedIdentifyIsSentAgainAtOptIn(t *testing.T) {
	b := newBrowser(t)
	other := b.track("Bought", `{"text":"\"event\":\"$identify\"}"}`).Messages[0]
	m := b.identify("U").Messages[0]
	b.OptOut(b.nextCall())
	b.HandleDeletedMessage(other.Rest)
	assert.NotContains(t, string(b.Record().AppendJSON(nil)), "held")
	b.HandleDeletedMessage(m.Rest)
	b.load("page-2")
	o := b.OptIn(b.nextCall())
	require.Len(t, o.Messages, 1)
	assert.Equal(t, m.JSON(), o.Messages[0].JSON())

	b.OptOut(b.nextCall())
	b.reset()
	b.HandleDeletedMessage(m.Rest)
	assert.Empty(t, b.OptIn(b.nextCall()).Messages, "of a visitor who was forgotten")
}

func TestTooManyAliasesOfOthersAreNotHeld(t *testing.T) {
	b := newBrowser(t)
	b.OptOut(b.nextCall())
	var last identity.Outcome
	for i := range 102 {
		last = b.Alias(b.nextCall(), identity.String(fmt.Sprint("U", i)), `"X"`)
	}
	assert.Equal(t, []identity.Code{identity.OptedOut}, codes(last))
	b.alias("mine")
	assert.Len(t, b.OptIn(b.nextCall()).Messages, 101, "this visitor's own is told all the same")
}

// A call that a page stored before it was killed, and that precedes an opt-out or opt-in, is ignored.
func TestCallsOfKilledPagesFromBeforeAnOptOutAreOutdated(t *testing.T) {
	b := newBrowser(t)
	b.config.PageID = "here-"
	b.Configure(b.config)
	early := identity.Call{TimeMS: b.now, InsertID: "dead-1"}
	b.OptOut(b.nextCall())
	b.OptIn(b.nextCall())
	for name, call := range map[string]func() identity.Outcome{
		"track":            func() identity.Outcome { return b.Track(early, `"Bought"`, "") },
		"time_event":       func() identity.Outcome { return b.TimeEvent(early, `"Bought"`) },
		"opt_out_tracking": func() identity.Outcome { return b.OptOut(early) },
		"track, a moment on": func() identity.Outcome {
			return b.Track(identity.Call{TimeMS: b.Record().OptChangedMS - 1, InsertID: "dead-2"}, `"Bought"`, "")
		},
	} {
		assert.Empty(t, b.requireUntouched(call), name)
	}
	assert.Len(t, b.Track(identity.Call{TimeMS: b.now + 1, InsertID: "dead-3"}, `"Bought"`, "").Messages, 1)
	b.now -= 3_600_000
	assert.Len(t, b.Track(identity.Call{TimeMS: b.now, InsertID: "here-1"}, `"Bought"`, "").Messages, 1, "this page's clock was set back")
	b.OptOut(identity.Call{TimeMS: b.now, InsertID: "here-2"})
	assert.True(t, b.OptedOut())
}

func TestFirstReferrerIsNotKeptOfWhoOptedOut(t *testing.T) {
	b := newBrowser(t)
	b.OptOut(b.nextCall())
	b.SetPage(identity.Properties{}, identity.Properties{}, "https://from.example/", "from.example")
	b.reset()
	assert.Empty(t, b.Record().InitialReferrer)
	b.OptIn(b.nextCall())
	assert.Equal(t, "https://from.example/", onlyMessage(t, b.track("Bought", "")).Properties["$initial_referrer"])
}
