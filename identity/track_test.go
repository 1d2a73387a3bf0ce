package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func properties(t testing.TB, text string) identity.Properties {
	p, err := identity.ParseProperties(text)
	require.NoError(t, err)
	return p
}

func TestEventOnTheWire(t *testing.T) {
	b := newBrowser(t)
	b.SetPage(properties(t, `{"$os":"Linux"}`), properties(t, `{"utm_source":"x"}`), "$direct", "$direct")
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	o := b.Track(identity.Call{TimeMS: 1763922000123, InsertID: "i-1"}, `"Item Viewed"`, `{"price":5.00,"tags":["a",{"b":null}]}`)
	require.Len(t, o.Messages, 1)
	m := o.Messages[0]
	assert.Equal(t, `{"properties":{"$os":"Linux","utm_source":"x","$initial_referrer":"$direct","$initial_referring_domain":"$direct",`+
		`"plan":"pro","token":"T","$device_id":"`+device+`","distinct_id":"`+anonymous+`","price":5.00,"tags":["a",{"b":null}],`+
		`"$insert_id":"i-1","time":1763922000.123},"event":"Item Viewed"}`, m.JSON())
	next := b.Track(b.nextCall(), `"Item Bought"`, "").Messages[0]
	assert.Equal(t, m.Head, next.Head)
	assert.Less(t, len(next.Rest), len(next.Head))
	m.Head, m.Rest = "", ""
	assert.Equal(t, identity.Message{Event: "Item Viewed", DistinctID: anonymous, TimeMS: 1763922000123, InsertID: "i-1"}, m)
}

func TestLaterSourceOverridesEarlier(t *testing.T) {
	b := newBrowser(t)
	b.SetPage(properties(t, `{"a":"default","b":"default","c":"default","d":"default"}`), properties(t, `{"b":"marketing","c":"marketing","d":"marketing"}`), "", "")
	b.Register(b.nextCall(), `{"c":"super","d":"super"}`)
	w := onlyMessage(t, b.track("Bought", `{"d":"own","e":"own"}`))
	for name, want := range map[string]string{"a": "default", "b": "marketing", "c": "super", "d": "own", "e": "own"} {
		assert.Equal(t, want, w.Properties[name], name)
	}
	b.SetPage(properties(t, `{"a":"next page"}`), identity.Properties{}, "", "")
	w = onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, "next page", w.Properties["a"])
	assert.NotContains(t, w.Properties, "b")
}

func TestTrackCannotTouchIdentity(t *testing.T) {
	for _, name := range []string{"distinct_id", "token", "$device_id", "$user_id"} {
		b := newBrowser(t)
		o := b.track("Bought", `{"`+name+`":"X","n":1}`)
		assert.Equal(t, []identity.Code{identity.ReservedProperty}, codes(o))
		assert.Contains(t, o.Warnings[0].What, name)
		w := decodeMessage(t, o.Messages[0])
		assert.NotEqual(t, "X", w.Properties[name])
		assert.Equal(t, 1.0, w.Properties["n"])
	}
}

func TestTrackMaySayItsOwnTimeAndInsertID(t *testing.T) {
	for properties, want := range map[string]struct{ member, warns string }{
		`{"time":1700000000}`:                      {`"time":1700000000}`, ""},
		`{"time":1700000000.5,"n":1}`:              {`"time":1700000000.5}`, ""},
		`{"time":"yesterday"}`:                     {`"time":1763922001.123}`, "time"},
		`{"time":null}`:                            {`"time":1763922001.123}`, "time"},
		`{"$insert_id":"abc-DEF-123"}`:             {`"$insert_id":"abc-DEF-123"`, ""},
		`{"$insert_id":5}`:                         {`"$insert_id":"call-1"`, "$insert_id"},
		`{"$insert_id":""}`:                        {`"$insert_id":"call-1"`, "$insert_id"},
		`{"$insert_id":"a b"}`:                     {`"$insert_id":"call-1"`, "$insert_id"},
		`{"$insert_id":"\u0061"}`:                  {`"$insert_id":"call-1"`, "$insert_id"},
		`{"$insert_id":"` + repeat("x", 37) + `"}`: {`"$insert_id":"call-1"`, "$insert_id"},
		`{"$insert_id":"` + repeat("x", 36) + `"}`: {`"$insert_id":"` + repeat("x", 36) + `"`, ""},
	} {
		b := newBrowser(t)
		o := b.track("Bought", properties)
		require.Len(t, o.Messages, 1)
		decodeMessage(t, o.Messages[0])
		assert.Contains(t, o.Messages[0].JSON(), want.member, properties)
		if want.warns == "" {
			assert.Empty(t, o.Warnings, properties)
		} else {
			require.Equal(t, []identity.Code{identity.ReservedProperty}, codes(o), properties)
			assert.Equal(t, []string{"track", want.warns}, o.Warnings[0].Args)
		}
	}
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func TestEventWithoutANameIsNotRecorded(t *testing.T) {
	for _, event := range []identity.Value{"", `""`, "5", "null", "{}", `["a"]`, "true"} {
		b := newBrowser(t)
		assert.Equal(t, []identity.Code{identity.BadEventName}, b.requireUntouched(func() identity.Outcome { return b.Track(b.nextCall(), event, "") }), event)
	}
}

// A name that the collector would reject is truncated between characters. TimeEvent truncates alike, so the timer is found.
func TestLongEventNameIsCut(t *testing.T) {
	for name, want := range map[string]string{
		repeat("x", 255):       repeat("x", 255),
		repeat("x", 256):       repeat("x", 255),
		repeat("é", 128):       repeat("é", 127),
		repeat("x", 252) + "😀": repeat("x", 252),
		repeat("x", 254) + "é": repeat("x", 254),
		repeat("日", 1000):      repeat("日", 85),
		repeat("x", 1<<20):     repeat("x", 255),
	} {
		b := newBrowser(t)
		var cut []identity.Code
		if want != name {
			cut = []identity.Code{identity.EventNameCut}
		}
		require.Equal(t, cut, codes(b.TimeEvent(b.nextCall(), identity.String(name))), "%.20s", name)
		o := b.track(name, `{"n":1}`)
		require.Equal(t, cut, codes(o))
		require.Len(t, o.Messages, 1)
		w := decodeMessage(t, o.Messages[0])
		assert.Equal(t, want, w.Event)
		assert.Contains(t, w.Properties, "$duration")
		for _, warning := range o.Warnings {
			assert.Less(t, len(warning.What), 500)
		}
	}
}

func TestEventNameWithHalfACharacterIsKept(t *testing.T) {
	b := newBrowser(t)
	o := b.Track(b.nextCall(), `"Viewed \ud83d"`, "")
	assert.Equal(t, "Viewed \ufffd", onlyMessage(t, o).Event)
}

func TestPropertiesThatAreNoObjectAreLeftOut(t *testing.T) {
	for _, value := range []string{`"text"`, "5", "[1,2]", "true", `{"a":`, `{"a":1,}`, `{"time":1,`, "\x00"} {
		b := newBrowser(t)
		o := b.track("Bought", value)
		assert.Equal(t, []identity.Code{identity.BadProperties}, codes(o), value)
		require.Len(t, o.Messages, 1, "the event itself is kept")
		assert.NotContains(t, decodeMessage(t, o.Messages[0]).Properties, "a", value)
	}
	for _, value := range []string{"", "null", "{}", " { } "} {
		assert.Empty(t, newBrowser(t).track("Bought", value).Warnings, value)
	}
}

func TestUnusualCharactersArePreserved(t *testing.T) {
	b := newBrowser(t)
	const name, value = "</script><b>\u2028 \"quoted\" \\ 😀 \x01\n", `{"length":3,"__proto__":{"a":1},"":"empty","half":"\ud83d","line":"\u2028"}`
	w := onlyMessage(t, b.track(name, value))
	assert.Equal(t, name, w.Event)
	assert.Equal(t, 3.0, w.Properties["length"])
	assert.Equal(t, "empty", w.Properties[""])
	assert.Equal(t, "\ufffd", w.Properties["half"])
	huge := repeat("x", 1<<20)
	assert.Equal(t, huge, onlyMessage(t, b.track("Huge", `{"huge":"`+huge+`"}`)).Properties["huge"])
}

func TestBlockedPropertiesAreNotSent(t *testing.T) {
	b := newBrowser(t)
	b.config.Blocklist = []string{"email", "$os", "plan"}
	b.Configure(b.config)
	b.SetPage(properties(t, `{"$os":"Linux","$browser":"x"}`), identity.Properties{}, "", "")
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	w := onlyMessage(t, b.track("Bought", `{"email":"jane@example.com","n":1}`))
	for _, name := range b.config.Blocklist {
		assert.NotContains(t, w.Properties, name)
	}
	assert.Equal(t, 1.0, w.Properties["n"])
	assert.Equal(t, "x", w.Properties["$browser"])
}

func TestMistypedEventNameWarnsOnce(t *testing.T) {
	b := newBrowser(t)
	b.config.EventNames = []string{"Signed Up", "Item Viewed", "Step 1"}
	b.Configure(b.config)
	o := b.track("Signd Up", "")
	require.Equal(t, []identity.Code{identity.EventNameResembles}, codes(o))
	assert.Equal(t, []string{"Signd Up", "Signed Up"}, o.Warnings[0].Args)
	assert.Len(t, o.Messages, 1)
	assert.Empty(t, b.track("Signd Up", "").Warnings, "said once")
	assert.NotEmpty(t, b.track("item viewed", "").Warnings)
	for _, name := range []string{"Signed Up", "Step 2", "Quite Another", "$identify", "Item Viewer Settings"} {
		assert.Empty(t, b.track(name, "").Warnings, name)
	}
}

func TestEventNameLikeOneUsedBeforeWarns(t *testing.T) {
	b := newBrowser(t)
	b.track("Item Viewed", "")
	assert.Equal(t, []identity.Code{identity.EventNameResembles}, codes(b.track("Item Veiwed", "")))
}

func TestHugeEventNamesAreNotCompared(t *testing.T) {
	b := newBrowser(t)
	for i := range make([]struct{}, 5) { // Comparing two of them would take minutes.
		require.Len(t, b.track(repeat("x", 300_000)+fmt.Sprint('a'+i), "").Messages, 1)
	}
}

func TestNoteCarriesItsProperties(t *testing.T) {
	b := newBrowser(t)
	b.Register(b.nextCall(), `{"full":"mine"}`)
	w := onlyMessage(t, b.TrackInternal(b.nextCall(), "$dropped", `{"full":3}`))
	assert.Equal(t, "$dropped", w.Event)
	assert.Equal(t, 3.0, w.Properties["full"])
}

func TestTrackDoesNotChangeTheRecord(t *testing.T) {
	b := newBrowser(t)
	before := b.Revision()
	b.track("Bought", `{"n":1}`)
	assert.Equal(t, before, b.Revision())
}

// typicalVisitor returns a visitor as on a real page, with 17 defaults and 5 super properties, and a call with 10 properties.
func typicalVisitor(t testing.TB) (v *identity.Visitor, event, own identity.Value) {
	v = identity.NewVisitor(identity.Config{Token: "0123456789abcdef"}, identity.NewRecord(device))
	var defaults identity.Properties
	for i := range make([]struct{}, 17) {
		defaults.SetString(fmt.Sprintf("$default_%d", i), "some value of a property")
	}
	v.SetPage(defaults, identity.Properties{}, "$direct", "$direct")
	v.Register(identity.Call{}, `{"plan":"pro","seats":5,"beta":true,"team":"blue","region":"eu"}`)
	own = `{"sku":"A-1042","price":19.99,"currency":"EUR","in_stock":true,"list":"home","position":3,"tags":["a","b"],"brand":"x","color":"red","size":"m"}`
	return v, `"Item Viewed"`, own
}

func BenchmarkTrack(b *testing.B) {
	for name, own := range map[string]identity.Value{"own properties": "", "colliding": `{"plan":"free","price":5}`, "none": "{}"} {
		b.Run(name, func(b *testing.B) {
			v, event, usual := typicalVisitor(b)
			if own == "" {
				own = usual
			}
			at := identity.Call{TimeMS: 1763922000123, InsertID: device}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				v.Track(at, event, own)
			}
		})
	}
}
