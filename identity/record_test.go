package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func fullRecord(t testing.TB) *identity.Record {
	return &identity.Record{
		DistinctID: "U", DeviceID: device, UserID: "U", Alias: "A", AliasState: identity.AliasAcknowledged, AliasInsertID: "i-1",
		Epoch: 3, IdentityChangedMS: 1763922000123, Super: properties(t, `{"plan":"pro","n":1e400,"":{"a":[]}}`), Timers: properties(t, `{"Upload":1763922000123}`),
		AliasTimeMS: 1763922000001, IdentifyAnonID: "$device:" + device, IdentifyInsertID: "i-2", IdentifyTimeMS: 1763922000002, OptChangedMS: 1763922000003,
		Held:            properties(t, `{"i-2":true,"i-3":["V","X"]}`),
		InitialReferrer: "https://from.example/?q=\"x\"", InitialReferringDomain: "from.example", OptedOut: true,
		ResetStreak: 2, LastResetPage: "p-1", PageAfterReset: "p-2",
	}
}

func TestRecordComesBackAsStored(t *testing.T) {
	for _, want := range []*identity.Record{fullRecord(t), identity.NewRecord(device)} {
		text := want.AppendJSON(nil)
		require.True(t, json.Valid(text))
		got, problems := identity.ParseRecord(string(text))
		assert.Empty(t, problems)
		assert.Equal(t, want, got)
	}
}

// What a caller does to a record that it got from a visitor, or gave to one, does not change the visitor.
func TestVisitorHasARecordOfItsOwn(t *testing.T) {
	given := fullRecord(t)
	v := identity.NewVisitor(identity.Config{}, given)
	want := string(v.Record().AppendJSON(nil))
	change := func(r *identity.Record) {
		r.DistinctID = "X"
		for _, p := range []*identity.Properties{&r.Super, &r.Removed, &r.Timers, &r.Held, &r.Waiting} {
			p.Each(func(name, _ string) bool {
				p.Set(name, "0")
				return true
			})
		}
	}
	change(given)
	assert.Equal(t, want, string(v.Record().AppendJSON(nil)), "the record of NewVisitor")
	change(v.Record())
	assert.Equal(t, want, string(v.Record().AppendJSON(nil)), "the record that Record returned")
	replacing, _ := identity.ParseRecord(want)
	v.ReplaceRecord(replacing)
	change(replacing)
	assert.Equal(t, want, string(v.Record().AppendJSON(nil)), "the record of ReplaceRecord")
}

func TestRecordsOuterShapeIsWhatJavaScriptReads(t *testing.T) {
	var stored struct {
		DistinctID string         `json:"distinct_id"`
		DeviceID   string         `json:"device_id"`
		UserID     string         `json:"user_id"`
		OptedOut   bool           `json:"opted_out"`
		Props      map[string]any `json:"props"`
	}
	r := fullRecord(t)
	r.Super.Delete("n")
	require.NoError(t, json.Unmarshal(r.AppendJSON(nil), &stored))
	assert.Equal(t, "U", stored.DistinctID)
	assert.Equal(t, device, stored.DeviceID)
	assert.Equal(t, "U", stored.UserID)
	assert.True(t, stored.OptedOut)
	assert.Equal(t, "pro", stored.Props["plan"])
}

func TestDamagedRecordKeepsWhatItCan(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want func(r *identity.Record)
		lost []string // among the problems
	}{
		"a field of another kind": {`{"distinct_id":"U","device_id":"d","epoch":"x","alias":5,"props":[],"timers":{"a":1}}`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID, r.Timers = "U", "d", properties(t, `{"a":1}`) }, []string{"epoch", "alias", "props"}},
		"distinct_id of another kind": {`{"distinct_id":{"a":1},"device_id":"d"}`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID = "$device:d", "d" }, []string{"distinct_id"}},
		"a placeholder as distinct_id": {`{"distinct_id":"undefined","device_id":"d","user_id":"null","alias":"[object Object]","alias_state":"sent"}`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID = "$device:d", "d" }, []string{"distinct_id", "user_id", "alias"}},
		"no device_id": {`{"distinct_id":"$device:d"}`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID = "$device:d", "d" }, nil},
		"cut in the middle of its properties": {`{"distinct_id":"U","device_id":"d","epoch":2,"props":{"a":1,"b":"tw`,
			func(r *identity.Record) {
				r.DistinctID, r.DeviceID, r.Epoch, r.Super = "U", "d", 2, properties(t, `{"a":1}`)
			}, []string{"json: expected a value"}},
		"cut in the middle of an id": {`{"distinct_id":"$device:d","device_id":"6f1c`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID = "$device:d", "d" }, []string{"json: expected a value"}},
		"its beginning is gone": {`inct_id":"x","device_id":"d","opted_out":true,"props":{"device_id":"e","a":1}}`,
			func(r *identity.Record) {
				r.DistinctID, r.DeviceID, r.OptedOut, r.OptChangedMS, r.Super = "$device:d", "d", true, 1, properties(t, `{"device_id":"e","a":1}`)
			}, []string{"json: expected an object"}},
		"only properties are left": {`###"props":{"device_id":"e","distinct_id":"x","opted_out":true}}`,
			func(r *identity.Record) {
				r.Super = properties(t, `{"device_id":"e","distinct_id":"x","opted_out":true}`)
			}, []string{"json: expected an object"}},
		"rubbish behind a field that came twice": {`{"distinct_id":"A","distinct_id":"B",###`,
			func(r *identity.Record) { r.DistinctID = "B" }, []string{"json: expected an object"}},
		"rubbish behind it": {`{"distinct_id":"U","device_id":"d"}}}`,
			func(r *identity.Record) { r.DistinctID, r.DeviceID = "U", "d" }, []string{"json: expected the end of the text"}},
		"opted out, in another way": {`{"distinct_id":"U","opted_out":1}`,
			func(r *identity.Record) { r.DistinctID, r.OptedOut, r.OptChangedMS = "U", true, 1 }, []string{"opted_out"}},
		"insert ids that no message has": {`{"distinct_id":"U","alias":"A","alias_id":"a b","identify_id":"\"","identify_anon":"D","identify_ms":5}`,
			func(r *identity.Record) { r.DistinctID, r.Alias, r.AliasState = "U", "A", identity.AliasSent }, []string{"alias_id", "identify_id"}},
		"an alias without a state": {`{"distinct_id":"U","alias":"A"}`,
			func(r *identity.Record) { r.DistinctID, r.Alias, r.AliasState = "U", "A", identity.AliasSent }, nil},
		"numbers that cannot be": {`{"distinct_id":"U","epoch":-1,"identity_ms":999999999999999999,"reset_streak":1.5}`,
			func(r *identity.Record) { r.DistinctID = "U" }, []string{"epoch", "identity_ms", "reset_streak"}},
		"somebody else's fields": {`{"distinct_id":"U","theme":"dark"}`, func(r *identity.Record) { r.DistinctID = "U" }, nil},
		"null":                   {`null`, func(*identity.Record) {}, []string{"json: expected an object"}},
		"nothing":                {``, func(*identity.Record) {}, []string{"json: expected an object"}},
		"text":                   {`hello`, func(*identity.Record) {}, []string{"json: expected an object"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := &identity.Record{}
			c.want(want)
			got, problems := identity.ParseRecord(c.text)
			assert.Equal(t, want, got)
			assert.ElementsMatch(t, c.lost, problems)
			assert.Equal(t, want.DistinctID != "", got.HasDistinctID())
		})
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(string(fullRecord(f).AppendJSON(nil)))
	for _, seed := range []string{
		``, `{}`, `null`, `{"distinct_id":"U"}`, `{"distinct_id":"$device:"}`, `{"props":{"a":1,"a":2}}`, `{"distinct_id":"U","props":{"x":`,
		`"device_id":"d","props":`, `{"opted_out":"no"}`, `{"epoch":99999999999999999999}`, `{"alias":"A","alias_state":"odd"}`, `{"distinct_id":"\ud800"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, _ := identity.ParseRecord(text)
		stored := r.AppendJSON(nil)
		require.True(t, json.Valid(stored), "%s", stored)
		again, problems := identity.ParseRecord(string(stored))
		require.Empty(t, problems)
		require.Equal(t, string(stored), string(again.AppendJSON(nil)))
		require.Equal(t, r.HasDistinctID(), again.HasDistinctID())
		if r.HasDistinctID() {
			require.True(t, identity.IsValidID(r.DistinctID))
			o := identity.NewVisitor(identity.Config{Token: "T"}, r).Track(identity.Call{TimeMS: 1, InsertID: "i"}, `"E"`, `{"a":1}`)
			if !r.OptedOut {
				require.Len(t, o.Messages, 1)
				require.True(t, json.Valid([]byte(o.Messages[0].JSON())))
			}
		}
		if migrated, ok := identity.ParseMixpanelRecord(text); ok {
			require.True(t, migrated.HasDistinctID())
			require.True(t, json.Valid(migrated.AppendJSON(nil)))
		}
	})
}
