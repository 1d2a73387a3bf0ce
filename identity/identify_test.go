package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestIdentifyOfTheAliasKeepsDistinctID(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	w := onlyMessage(t, b.identify("U"))
	assert.Equal(t, "$identify", w.Event)
	assert.Equal(t, "U", w.Properties["distinct_id"])
	assert.Equal(t, anonymous, w.Properties["$anon_distinct_id"])
	assert.Equal(t, anonymous, b.DistinctID())
	w = onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, anonymous, w.Properties["distinct_id"])
	assert.Equal(t, "U", w.Properties["$user_id"])
	assert.Equal(t, device, w.Properties["$device_id"])
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify("U") }), "at every login")
}

func TestIdentifyOfAnotherSwitches(t *testing.T) {
	b := newBrowser(t)
	w := onlyMessage(t, b.identify("U"))
	assert.Equal(t, anonymous, w.Properties["$anon_distinct_id"])
	assert.Equal(t, "U", b.DistinctID())
	w = onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, "U", w.Properties["distinct_id"])
	assert.Equal(t, "U", w.Properties["$user_id"])
	assert.Equal(t, device, w.Properties["$device_id"], "it is still the same browser")
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify("U") }))
}

func TestIdentifyOfAnotherForgetsTheAlias(t *testing.T) {
	b := newBrowser(t)
	b.alias("somebody@example.com")
	b.identify("quite different")
	assert.Empty(t, b.Record().Alias)
	b.identify("somebody@example.com")
	assert.Equal(t, "somebody@example.com", b.DistinctID(), "no alias of this device any more")
}

// As in mixpanel-browser, it only lets profile updates of the anonymous visitor through.
func TestIdentifyOfDistinctIDSendsNothingAndChangesNoIdentity(t *testing.T) {
	b := newBrowser(t)
	want := b.Record()
	want.IdentifiedMS = b.now + 1000
	assert.Empty(t, b.identify(b.DistinctID()))
	assert.Equal(t, want, b.Record())
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify(b.DistinctID()) }))
	b.identify("U")
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify("U") }))
}

func TestIdentifyOfADeviceIDIsRefused(t *testing.T) {
	b := newBrowser(t)
	assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(func() identity.Outcome { return b.identify("$device:" + otherDevice) }))
}

// JavaScript rounds larger numbers before the call, so two accounts could become one.
func TestNumbersAreIDsUnlessTheyWereRounded(t *testing.T) {
	for number, exact := range map[string]bool{
		"1": true, "-2": true, "12345": true, "9007199254740991": true, "-9007199254740991": true, "1.5": true, "0.123456789012345": true,
		"9007199254740992": false, "-9007199254740992": false, "12345678901234567000": false, "100000000000000000000": false, "1e+21": false,
		"1.2345678901234568e+29": false, "1e-7": false, "0.30000000000000004": false, "1234567890123.4567": false,
	} {
		b := newBrowser(t)
		call := func() identity.Outcome { return b.Identify(b.nextCall(), identity.Value(number)) }
		if exact {
			assert.Empty(t, call().Warnings, number)
			assert.Equal(t, number, b.DistinctID())
			continue
		}
		assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(call), number)
		assert.Contains(t, call().Warnings[0].What, "rounded", number)
		alias := func() identity.Outcome { return b.Alias(b.nextCall(), identity.Value(number), "") }
		original := func() identity.Outcome { return b.Alias(b.nextCall(), `"U"`, identity.Value(number)) }
		assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(alias), number)
		assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(original), number)
		assert.True(t, identity.IsValidID(number), "a server sends 64 bits exactly")
		assert.Empty(t, b.identify(number).Warnings, "as text, it is what it says")
	}
}

func TestSwitchWithoutResetWarns(t *testing.T) {
	b := newBrowser(t)
	b.identify("Jane")
	o := b.identify("Omar")
	require.Equal(t, []identity.Code{identity.SwitchWithoutReset}, codes(o))
	assert.Equal(t, []string{"Omar", "Jane"}, o.Warnings[0].Args)
	require.Len(t, o.Messages, 1)
	assert.Equal(t, "Jane", decodeMessage(t, o.Messages[0]).Properties["$anon_distinct_id"])
	assert.Equal(t, "Omar", b.DistinctID())
}

func TestNoWarningBetweenTwoPeopleWithReset(t *testing.T) {
	b := newBrowser(t)
	b.identify("Jane")
	b.reset()
	assert.Empty(t, b.identify("Omar").Warnings)
}

func TestMistypedAliasWarns(t *testing.T) {
	for alias, c := range map[string]struct {
		id    string
		warns bool
	}{
		"jane@example.com": {"jane@exmaple.com", true},
		"Jane@Example.com": {"JANE@EXAMPLE.COM", true},
		"user-1042":        {"user-1043", false}, // two people
		"omar@example.com": {"jane@example.com", false},
		"ann":              {"ana", false}, // too short to tell
		"jane":             {"jane ", true},
	} {
		b := newBrowser(t)
		b.alias(alias)
		o := b.identify(c.id)
		if !c.warns {
			assert.Empty(t, o.Warnings, alias)
			continue
		}
		require.Equal(t, []identity.Code{identity.IdentifyResemblesAlias}, codes(o), alias)
		assert.Contains(t, o.Warnings[0].What, alias)
		assert.Contains(t, o.Warnings[0].What, c.id)
		assert.Contains(t, o.Warnings[0].Mend, "identify("+alias+")")
		assert.Equal(t, c.id, b.DistinctID(), "it is sent as it was called")
	}
}

func TestIdentifyWithoutAliasWarnsOnlyWithDebug(t *testing.T) {
	b := newBrowser(t)
	assert.Empty(t, b.identify("U").Warnings)
	b = newBrowser(t)
	b.config.Debug = true
	b.Configure(b.config)
	assert.Equal(t, []identity.Code{identity.IdentifyWithoutAlias}, codes(b.identify("U")))
}
