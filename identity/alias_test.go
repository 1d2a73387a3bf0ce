package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestAliasKeepsDistinctIDAndIsSentAtOnce(t *testing.T) {
	b := newBrowser(t)
	o := b.alias("U")
	w := onlyMessage(t, o)
	assert.Equal(t, "$create_alias", w.Event)
	assert.Equal(t, "U", w.Properties["alias"])
	assert.Equal(t, anonymous, w.Properties["distinct_id"])
	assert.Equal(t, "U", o.Messages[0].Alias)
	assert.Equal(t, anonymous, b.DistinctID())
	assert.Empty(t, b.UserID(), "alias hides no identify")
	assert.Equal(t, anonymous, onlyMessage(t, b.track("Item Viewed", "")).Properties["distinct_id"])
}

func TestAliasStateFollowsTheMessage(t *testing.T) {
	b := newBrowser(t)
	assert.Equal(t, identity.AliasNone, b.Record().AliasState)
	id := b.alias("U").Messages[0].InsertID
	assert.Equal(t, identity.AliasSent, b.Record().AliasState)
	b.AcknowledgeAlias("somebody else's", 0)
	assert.Equal(t, identity.AliasSent, b.Record().AliasState)
	b.AcknowledgeAlias(id, 0)
	assert.Equal(t, identity.AliasAcknowledged, b.Record().AliasState)
	b.reset()
	assert.Equal(t, identity.AliasNone, b.Record().AliasState)
	b.AcknowledgeAlias(id, 0)
	assert.Equal(t, identity.AliasNone, b.Record().AliasState, "an answer after reset is for nobody")
}

func TestWrongAliasIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		before func(b *browser)
		call   func(b *browser) identity.Outcome
		want   identity.Code
	}{
		"the distinct_id itself":     {nil, func(b *browser) identity.Outcome { return b.alias(b.DistinctID()) }, identity.AliasIsCurrent},
		"somebody's device id":       {nil, func(b *browser) identity.Outcome { return b.alias("$device:" + otherDevice) }, identity.AliasIsAnonymousID},
		"the same again":             {func(b *browser) { b.alias("U") }, func(b *browser) identity.Outcome { return b.alias("U") }, identity.AliasTwice},
		"the same again, identified": {func(b *browser) { b.alias("U"); b.identify("U") }, func(b *browser) identity.Outcome { return b.alias("U") }, identity.AliasTwice},
		"another one":                {func(b *browser) { b.alias("U") }, func(b *browser) identity.Outcome { return b.alias("V") }, identity.AliasTwice},
		"another one, identified":    {func(b *browser) { b.alias("U"); b.identify("U") }, func(b *browser) identity.Outcome { return b.alias("V") }, identity.AliasTwice},
		"after identify of the same": {func(b *browser) { b.identify("U") }, func(b *browser) identity.Outcome { return b.alias("U") }, identity.AliasAfterIdentify},
		"an original that is the alias": {nil, func(b *browser) identity.Outcome {
			return b.Alias(b.nextCall(), `"X"`, `"X"`)
		}, identity.AliasIsCurrent},
		"an unusable original": {nil, func(b *browser) identity.Outcome { return b.Alias(b.nextCall(), `"U"`, `"undefined"`) }, identity.BadID},
		"a number that is nobody": {nil, func(b *browser) identity.Outcome {
			return b.Alias(b.nextCall(), `0`, "")
		}, identity.BadID},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			if c.before != nil {
				c.before(b)
			}
			assert.Equal(t, []identity.Code{c.want}, b.requireUntouched(func() identity.Outcome { return c.call(b) }))
		})
	}
}

func TestAliasAfterIdentifyWarns(t *testing.T) {
	b := newBrowser(t)
	b.identify("U")
	o := b.alias("V")
	require.Equal(t, []identity.Code{identity.AliasAfterIdentify}, codes(o))
	assert.Contains(t, o.Warnings[0].What, "alias(V)")
	assert.Contains(t, o.Warnings[0].What, "identify(U)")
	assert.Contains(t, o.Warnings[0].What, anonymous)
	require.Len(t, o.Messages, 1)
	assert.Equal(t, "U", o.Messages[0].DistinctID)
	assert.Equal(t, "U", b.DistinctID())
}

func TestAliasThenIdentifyDoesNotWarn(t *testing.T) {
	b := newBrowser(t)
	require.Empty(t, b.alias("U").Warnings)
	require.Empty(t, b.identify("U").Warnings)
	require.Empty(t, b.track("Bought", "").Warnings)
}

func TestExplicitOriginalIsSentAsGiven(t *testing.T) {
	b := newBrowser(t)
	w := onlyMessage(t, b.Alias(b.nextCall(), `"U"`, `"D-of-my-server"`))
	assert.Equal(t, "D-of-my-server", w.Properties["distinct_id"])
	assert.Empty(t, b.Record().Alias, "it is no alias of this device")
	assert.Equal(t, anonymous, b.DistinctID())
	assert.Empty(t, b.alias("U").Warnings)

	o := b.Alias(b.nextCall(), `"U"`, `"another"`)
	assert.Equal(t, []identity.Code{identity.AliasTwice}, codes(o), "one alias cannot name two")
	assert.Len(t, o.Messages, 1)
}

func TestAliasTakenGoesOnAsIdentify(t *testing.T) {
	b := newBrowser(t)
	aliased := b.alias("U").Messages[0]
	o := b.HandleTakenAlias(b.nextCall(), "U", anonymous)
	require.Equal(t, []identity.Code{identity.AliasTaken}, codes(o))
	assert.Equal(t, []string{"U", anonymous, "U"}, o.Warnings[0].Args)
	require.Len(t, o.Messages, 1)
	w := decodeMessage(t, o.Messages[0])
	assert.Equal(t, "$identify", w.Event)
	assert.Equal(t, "U", w.Properties["distinct_id"])
	assert.Equal(t, anonymous, w.Properties["$anon_distinct_id"])
	assert.Equal(t, "U", b.DistinctID())
	assert.Equal(t, "U", b.UserID())
	assert.Empty(t, b.Record().Alias)
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.HandleTakenAlias(b.nextCall(), "U", anonymous) }), "the answer came twice")
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify("U") }), "login goes on as usual")

	assert.Equal(t, aliased.TimeMS, o.Messages[0].TimeMS, "the same message, however often the answer comes")
	assert.LessOrEqual(t, len(o.Messages[0].InsertID), 36)
	assert.NotEqual(t, aliased.InsertID, o.Messages[0].InsertID)
}

func TestAliasTakenAfterIdentifySendsNothingTwice(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	b.identify("U")
	o := b.HandleTakenAlias(b.nextCall(), "U", anonymous)
	assert.Equal(t, []identity.Code{identity.AliasTaken}, codes(o))
	assert.Empty(t, o.Messages, "$identify with these two ids went out before")
	assert.Equal(t, "U", b.DistinctID())
}

func TestAliasTakenAfterResetOrSwitchChangesNothing(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	b.identify("Somebody Else")
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.HandleTakenAlias(b.nextCall(), "U", anonymous) }))
	b = newBrowser(t)
	b.alias("U")
	b.reset()
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.HandleTakenAlias(b.nextCall(), "U", anonymous) }))
}

// An answer may be about a claim that is not the visitor's own, or, from a server that is broken or hostile, about anything.
func TestAliasTakenOfAnotherClaimChangesNothing(t *testing.T) {
	signedUp := func(b *browser) { b.alias("U") }
	for name, c := range map[string]struct {
		before            func(b *browser)
		alias, distinctID string
	}{
		"a visitor without an alias": {func(*browser) {}, "U", anonymous},
		"no ids, no alias":           {func(*browser) {}, "", ""},
		"no alias at all":            {func(*browser) {}, "", anonymous},
		"an alias never claimed":     {signedUp, "V", anonymous},
		"the visitor's own id":       {signedUp, anonymous, anonymous},
		"no alias":                   {signedUp, "", anonymous},
		"no distinct_id":             {signedUp, "U", ""},
		"a claim of somebody else":   {signedUp, "U", "$device:" + otherDevice},
		"a claim for another original, of an alias that the visitor has": {
			func(b *browser) { b.alias("U"); b.Alias(b.nextCall(), `"U"`, `"D-of-my-server"`) }, "U", "D-of-my-server",
		},
		"the claim of the visitor before, to the same alias": {func(b *browser) { b.alias("U"); b.reset(); b.alias("U") }, "U", anonymous},
		"an alias that mixpanel-browser made": {
			func(b *browser) {
				b.ReplaceRecord(&identity.Record{DistinctID: "D", Alias: "U", AliasState: identity.AliasAcknowledged})
			}, "U", anonymous,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			c.before(b)
			assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.HandleTakenAlias(b.nextCall(), c.alias, c.distinctID) }))
		})
	}
}

// The visitor may be anybody who guessed the alias, so the warning names only what the visitor itself has sent.
func TestAliasTakenTellsNotWhose(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	o := b.HandleTakenAlias(b.nextCall(), "U", anonymous)
	require.Len(t, o.Warnings, 1)
	assert.Equal(t, "The alias U is taken already, so this device's earlier events ("+anonymous+") stay a person of their own; "+
		"from now on its events carry U.", o.Warnings[0].What)
}

func TestAliasTakenWhileOptedOutSwitchesSilently(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	b.OptOut(b.nextCall())
	assert.Empty(t, b.HandleTakenAlias(b.nextCall(), "U", anonymous).Messages)
	w := onlyMessage(t, b.OptIn(b.nextCall()))
	assert.Equal(t, []any{"$identify", "U", anonymous}, []any{w.Event, w.Properties["distinct_id"], w.Properties["$anon_distinct_id"]})
	assert.Equal(t, "U", b.DistinctID(), "or later events would be an orphan's")
}

func TestIdentityMessagesOutrankSuperPropertiesAndBlocklist(t *testing.T) {
	b := newBrowser(t)
	b.config.Blocklist = []string{"alias", "$anon_distinct_id", "distinct_id", "token"}
	b.Configure(b.config)
	b.Register(b.nextCall(), `{"alias":"mine","$anon_distinct_id":"mine","plan":"pro"}`)
	w := onlyMessage(t, b.alias("U"))
	assert.Equal(t, "U", w.Properties["alias"])
	assert.Equal(t, "pro", w.Properties["plan"])
	assert.Equal(t, anonymous, onlyMessage(t, b.identify("U")).Properties["$anon_distinct_id"])
}
