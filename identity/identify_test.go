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
	w := only(t, b.identify("U"))
	assert.Equal(t, "$identify", w.Event)
	assert.Equal(t, "U", w.Properties["distinct_id"])
	assert.Equal(t, anonymous, w.Properties["$anon_distinct_id"])
	assert.Equal(t, anonymous, b.DistinctID())
	w = only(t, b.track("Bought", ""))
	assert.Equal(t, anonymous, w.Properties["distinct_id"])
	assert.Equal(t, "U", w.Properties["$user_id"])
	assert.Equal(t, device, w.Properties["$device_id"])
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify("U") }), "at every login")
}

func TestIdentifyOfAnotherSwitches(t *testing.T) {
	b := newBrowser(t)
	w := only(t, b.identify("U"))
	assert.Equal(t, anonymous, w.Properties["$anon_distinct_id"])
	assert.Equal(t, "U", b.DistinctID())
	w = only(t, b.track("Bought", ""))
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

func TestIdentifyOfDistinctIDChangesNothing(t *testing.T) {
	b := newBrowser(t)
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.identify(b.DistinctID()) }))
}

func TestIdentifyOfADeviceIDIsRefused(t *testing.T) {
	b := newBrowser(t)
	assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(func() identity.Outcome { return b.identify("$device:" + otherDevice) }))
}

func TestNumbersAreIDs(t *testing.T) {
	b := newBrowser(t)
	b.Identify(b.at(), `12345678901234567890`)
	assert.Equal(t, "12345678901234567890", b.DistinctID(), "digits are never rounded")
}

func TestSwitchWithoutResetWarns(t *testing.T) {
	b := newBrowser(t)
	b.identify("Jane")
	o := b.identify("Omar")
	require.Equal(t, []identity.Code{identity.SwitchWithoutReset}, codes(o))
	assert.Equal(t, []string{"Omar", "Jane"}, o.Warnings[0].Args)
	require.Len(t, o.Messages, 1)
	assert.Equal(t, "Jane", onWire(t, o.Messages[0]).Properties["$anon_distinct_id"])
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
		require.Equal(t, []identity.Code{identity.IdentifyResembles}, codes(o), alias)
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
