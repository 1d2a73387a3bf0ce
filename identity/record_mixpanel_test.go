package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestMixpanelRecordIsConverted(t *testing.T) {
	r, ok := identity.ParseMixpanelRecord(`{"distinct_id":"$device:` + device + `","$device_id":"` + device + `","$initial_referrer":"$direct",
		"$initial_referring_domain":"$direct","__mps":{},"__mpso":{},"__mpus":{},"__mpa":{},"__mpu":{},"__mpr":[],"__mpap":[],"__alias":"U","$user_id":"U",
		"$had_persisted_distinct_id":true,"__timers":{"Upload":1763922000123},"utm_source":"x","plan":"pro","$search_engine":"google"}`)
	require.True(t, ok)
	assert.Equal(t, &identity.Record{
		DistinctID: anonymous, DeviceID: device, UserID: "U", Alias: "U", AliasState: identity.AliasAcknowledged,
		InitialReferrer: "$direct", InitialReferringDomain: "$direct", Timers: properties(t, `{"Upload":1763922000123}`),
		Super: properties(t, `{"utm_source":"x","plan":"pro","$search_engine":"google"}`),
	}, r)

	b := newBrowser(t)
	b.ReplaceRecord(r)
	assert.Empty(t, b.identify("U").Warnings)
	assert.Equal(t, anonymous, b.DistinctID(), "Mixpanel's alias is this device's too")
}

func TestMixpanelRecordWithANumberAsID(t *testing.T) {
	r, ok := identity.ParseMixpanelRecord(`{"distinct_id":12345,"$user_id":12345,"$device_id":"d"}`)
	require.True(t, ok)
	assert.Equal(t, &identity.Record{DistinctID: "12345", UserID: "12345", DeviceID: "d"}, r)

	for _, number := range []string{"12345678901234567000", "1e+21", "1.5"} {
		r, _ := identity.ParseMixpanelRecord(`{"distinct_id":` + number + `}`)
		assert.Equal(t, number, r.DistinctID, "whom mixpanel-browser knows by a number it rounded is known by it")
	}
	for _, nobody := range []string{"0", "-1"} {
		r, _ := identity.ParseMixpanelRecord(`{"distinct_id":` + nobody + `,"$device_id":"d"}`)
		assert.Equal(t, "$device:d", r.DistinctID)
	}
}

func TestInvalidMixpanelRecordIsRejected(t *testing.T) {
	for _, text := range []string{``, `null`, `5`, `{}`, `{"distinct_id":"undefined"}`, `{"distinct_id":{"a":1}}`, `{"distinct_id":"U"`, `{"plan":"pro"}`} {
		_, ok := identity.ParseMixpanelRecord(text)
		assert.False(t, ok, text)
	}
}
