package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestOptingInWithAnEvent(t *testing.T) {
	for name, c := range map[string]struct {
		options  identity.Value
		event    string
		warnings []identity.Code
	}{
		"without options":      {"", "", nil},
		"no object":            {`7`, "", nil},
		"no name":              {`{"track_properties":{"n":1}}`, "", nil},
		"null":                 {`{"track_event_name":null}`, "", nil},
		"a name":               {`{"track_event_name":"Agreed"}`, "Agreed", nil},
		"a name no event has":  {`{"track_event_name":7}`, "", []identity.Code{identity.BadEventName}},
		"a name and":           {`{"track_properties":{"n":1},"track_event_name":"Agreed"}`, "Agreed", nil},
		"bad properties":       {`{"track_properties":1,"track_event_name":"Agreed"}`, "Agreed", []identity.Code{identity.BadProperties}},
		"a reserved property":  {`{"track_properties":{"token":1},"track_event_name":"Agreed"}`, "Agreed", []identity.Code{identity.ReservedProperty}},
		"options of opt-outs":  {`{"delete_user":true,"clear_persistence":true}`, "", nil},
		"mixpanel's null form": {`null`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			b.OptOut(b.nextCall())
			b.identify("U")
			o := b.OptIn(b.nextCall(), c.options)
			want := []string{identifyU}
			if c.event != "" {
				want = append(want, c.event+" U")
			}
			assert.Equal(t, want, describeMessages(t, o), "who the visitor is comes first")
			var codes []identity.Code
			for _, w := range o.Warnings {
				codes = append(codes, w.Code)
			}
			assert.Equal(t, c.warnings, codes)
			assert.False(t, b.OptedOut())
		})
	}
}

func TestOptingOutDeletesTheProfile(t *testing.T) {
	for name, c := range map[string]struct {
		elsewhere bool
		before    func(b *browser)
		options   identity.Value
		want      []string
	}{
		"not asked for":           {false, func(b *browser) { b.identify("U") }, `{}`, nil},
		"not wanted":              {false, func(b *browser) { b.identify("U") }, `{"delete_user":false}`, nil},
		"nobody known":            {false, func(*browser) {}, `{"delete_user":true}`, nil},
		"a login":                 {false, func(b *browser) { b.identify("U") }, `{"delete_user":true}`, []string{`$delete "U"`}},
		"a login on another page": {false, func(b *browser) { b.identify("U"); b.load("page-2") }, `{"delete_user":true}`, []string{`$delete "U"`}},
		"opted out already":       {false, func(b *browser) { b.identify("U"); b.OptOut(b.nextCall()) }, `{"delete_user":true}`, []string{`$delete "U"`}},
		"after a logout":          {false, func(b *browser) { b.identify("U"); b.reset() }, `{"delete_user":true}`, nil},
		"mixpanel: a login": {true, func(b *browser) { b.identify("U") }, `{"delete_user":true}`,
			[]string{`$set {"$transactions":[]}`, `$delete "U"`}},
		"mixpanel: a login on another page": {true, func(b *browser) { b.identify("U"); b.load("page-2") }, `{"delete_user":true}`, nil},
		"mixpanel: opted out already":       {true, func(b *browser) { b.identify("U"); b.OptOut(b.nextCall()) }, `{"delete_user":true}`, []string{`$delete "U"`}},
		"mixpanel: after a logout":          {true, func(b *browser) { b.identify("U"); b.reset() }, `{"delete_user":true}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			configure := func() { b.Configure(identity.Config{Token: "T", ConsentElsewhere: c.elsewhere}) }
			configure()
			c.before(b)
			configure() // Another page has its own.
			o := b.OptOut(b.nextCall(), c.options)
			assert.Equal(t, c.want, describeUpdates(t, o))
			for _, m := range o.Messages {
				assert.Equal(t, identity.DeletionEndpoint, m.Endpoint)
			}
			assert.True(t, b.OptedOut())
			assert.Empty(t, o.Answer)
		})
	}
}

// What a record says of consent after two tabs have opted out or in, or cleared that, each at its time.
func TestClearedConsentWinsOverWhatWasDecidedBefore(t *testing.T) {
	out := func(b *browser, call identity.Call) { b.OptOut(call) }
	in := func(b *browser, call identity.Call) { b.OptIn(call) }
	cleared := func(b *browser, call identity.Call) { b.ClearConsent(call) }
	type do func(*browser, identity.Call)
	for name, c := range map[string]struct {
		start, first, second do
		secondMS             int64 // the first is at 1000
		optedOut, decided    bool
	}{
		"out, then cleared":               {nil, out, cleared, 2000, false, false},
		"in, then cleared":                {nil, in, cleared, 2000, false, false},
		"cleared, then out":               {nil, cleared, out, 2000, true, true},
		"cleared, then in":                {nil, cleared, in, 2000, false, true},
		"both at once, out stays":         {nil, cleared, out, 1000, true, true},
		"both at once, in does not":       {nil, cleared, in, 1000, false, false},
		"of a visitor who was out":        {out, func(*browser, identity.Call) {}, cleared, 2000, false, false},
		"of a visitor who was in":         {in, func(*browser, identity.Call) {}, cleared, 2000, false, false},
		"cleared in both":                 {out, cleared, cleared, 2000, false, false},
		"cleared in one, out in other":    {in, cleared, out, 2000, true, true},
		"out in one, cleared much before": {in, out, cleared, 600, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			start := newBrowser(t)
			at := func(ms int64) identity.Call { return identity.Call{TimeMS: ms, InsertID: "page-1-x"} }
			if c.start != nil {
				c.start(start, at(500))
			}
			mine, theirs := twoTabs(t, start.Record())
			c.first(mine, at(1000))
			c.second(theirs, at(c.secondMS))
			merged := mergeBothWays(t, start.Record(), mine, theirs)
			assert.Equal(t, c.optedOut, merged.OptedOut)
			assert.Equal(t, c.decided, merged.OptChangedMS != 0)
			stored, problems := identity.ParseRecord(string(merged.AppendJSON(nil)))
			assert.Empty(t, problems)
			assert.Equal(t, merged, identity.MergeRecords(merged, merged, stored), "and it stays so")
		})
	}
}

// A call of a killed page that was made before the decision was cleared must not bring anything back.
func TestCallsFromBeforeConsentWasCleared(t *testing.T) {
	b := newBrowser(t)
	old := identity.Call{TimeMS: b.now, InsertID: "dead-1"}
	b.nextCall()
	b.OptOut(b.nextCall())
	b.ClearConsent(b.nextCall())
	b.OptOut(old)
	assert.False(t, b.OptedOut())
	assert.Empty(t, b.Track(old, `"E"`, "").Messages)
	b.OptOut(b.nextCall())
	b.ClearConsent(old)
	assert.True(t, b.OptedOut())
}

func TestConsentThatIsKeptElsewhereIsNotInTheRecord(t *testing.T) {
	b := newBrowser(t)
	b.Configure(identity.Config{Token: "T", ConsentElsewhere: true})
	b.OptOut(b.nextCall())
	assert.True(t, b.OptedOut())
	b.identify("U")
	assert.NotContains(t, string(b.Record().AppendJSON(nil)), "opt")
	assert.Equal(t, []string{identifyU}, describeMessages(t, b.OptIn(b.nextCall())))
	assert.Empty(t, b.OptIn(b.nextCall()).Messages)
}

func TestForgettingAVisitorWhoOptedOut(t *testing.T) {
	b := newBrowser(t)
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	b.TimeEvent(b.nextCall(), `"E"`)
	b.identify("A")
	b.OptOut(b.nextCall())
	before := b.Record()
	b.Forget(b.nextCall(), otherDevice, false)
	assert.Equal(t, "$device:"+otherDevice, b.DistinctID())
	assert.True(t, b.OptedOut())
	text := string(b.Record().AppendJSON(nil))
	for _, left := range []string{"plan", `"A"`, device} {
		assert.NotContains(t, text, left)
	}

	// Who logs in while opted out stays logged in, though nothing else of them is kept.
	b.identify("U")
	b.alias("V")
	b.Register(b.nextCall(), `{"plan":"free"}`)
	b.Forget(b.nextCall(), device, true)
	assert.Equal(t, "U", b.DistinctID())
	_, ok := b.Property("plan")
	assert.False(t, ok)
	require.Greater(t, b.Record().Epoch, before.Epoch, "other tabs forget it too")
	assert.Equal(t, []string{"$create_alias U V", "$identify U $device:" + otherDevice}, describeMessages(t, b.OptIn(b.nextCall())))
}
