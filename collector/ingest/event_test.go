package ingest

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

func TestEvents(t *testing.T) {
	for _, test := range []struct {
		name, record, token string
		want                event.Event
	}{
		{
			"everything",
			`{"event":"Bought","properties":{"token":"t","distinct_id":"jane","time":1700000000.25,"$insert_id":"i","price":1.50}}`, "",
			event.Event{
				Token: "t", Name: "Bought", DistinctID: "jane", SentMS: 1700000000250, InsertID: "i",
				Properties: `{"token":"t","distinct_id":"jane","time":1700000000.25,"$insert_id":"i","price":1.50}`,
			},
		},
		{
			"an alias", `{"event":"$create_alias","properties":{"token":"t","distinct_id":"$device:1","alias":"jane","$insert_id":"i"}}`, "",
			event.Event{
				Token: "t", Name: "$create_alias", DistinctID: "$device:1", InsertID: "i", Alias: "jane",
				Properties: `{"token":"t","distinct_id":"$device:1","alias":"jane","$insert_id":"i"}`,
			},
		},
		{
			"alias is a property of other events", `{"event":"x","properties":{"token":"t","distinct_id":"d","alias":"jane","$insert_id":"i"}}`, "",
			event.Event{
				Token: "t", Name: "x", DistinctID: "d", InsertID: "i",
				Properties: `{"token":"t","distinct_id":"d","alias":"jane","$insert_id":"i"}`,
			},
		},
		{
			"the token that the request names", `{"event":"x","properties":{"distinct_id":"d","$insert_id":"i"}}`, "server",
			event.Event{Token: "server", Name: "x", DistinctID: "d", InsertID: "i", Properties: `{"distinct_id":"d","$insert_id":"i"}`},
		},
		{
			"the event's own token goes first", `{"event":"x","properties":{"token":"own","distinct_id":"d","$insert_id":"i"}}`, "server",
			event.Event{Token: "own", Name: "x", DistinctID: "d", InsertID: "i", Properties: `{"token":"own","distinct_id":"d","$insert_id":"i"}`},
		},
		{
			"no properties at all, but a token: a stranger of its own", `{"event":"x","properties":null}`, "server",
			event.Event{Token: "server", Name: "x", Properties: `{}`},
		},
		{
			"ids that are numbers, none of them rounded", `{"event":"x","properties":{"token":7,"distinct_id":12345678901234567890,"$insert_id":0}}`, "",
			event.Event{
				Token: "7", Name: "x", DistinctID: "12345678901234567890", InsertID: "0",
				Properties: `{"token":7,"distinct_id":12345678901234567890,"$insert_id":0}`,
			},
		},
		{
			"a distinct_id that is none, and an insert id: the same stranger when it comes again",
			`{"event":"x","properties":{"token":"t","distinct_id":null,"$insert_id":"i"}}`, "",
			event.Event{
				Token: "t", Name: "x", DistinctID: "$anonymous:i", InsertID: "i",
				Properties: `{"token":"t","distinct_id":null,"$insert_id":"i"}`,
			},
		},
		{
			"of what is there twice, the last", `{"event":"x","event":"y","properties":{"token":"a","token":"t","distinct_id":"d","$insert_id":"i"}}`, "",
			event.Event{
				Token: "t", Name: "y", DistinctID: "d", InsertID: "i",
				Properties: `{"token":"a","token":"t","distinct_id":"d","$insert_id":"i"}`,
			},
		},
		{
			"names and values with escapes", `{"\u0065vent":"caf\u00e9","properties":{"tok\u0065n":"t","distinct_id":"\ud83d\ude00","$insert_id":"i"}}`, "",
			event.Event{
				Token: "t", Name: "café", DistinctID: "😀", InsertID: "i",
				Properties: `{"tok\u0065n":"t","distinct_id":"\ud83d\ude00","$insert_id":"i"}`,
			},
		},
		{
			"bytes that are not UTF-8", "{\"event\":\"a\xffb\",\"properties\":{\"token\":\"t\",\"distinct_id\":\"d\",\"$insert_id\":\"i\",\"p\":\"\xc3\"}}", "",
			event.Event{
				Token: "t", Name: "a\ufffdb", DistinctID: "d", InsertID: "i",
				Properties: "{\"token\":\"t\",\"distinct_id\":\"d\",\"$insert_id\":\"i\",\"p\":\"\ufffd\"}",
			},
		},
		{
			"members that nobody asked for", `{"v":1,"event":"x","a":[{}],"properties":{"token":"t","distinct_id":"d","$insert_id":"i"}}`, "",
			event.Event{Token: "t", Name: "x", DistinctID: "d", InsertID: "i", Properties: `{"token":"t","distinct_id":"d","$insert_id":"i"}`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, faults := Events([]string{test.record}, testRequest(test.token))
			require.Empty(t, faults)
			require.Len(t, events, 1)
			if test.want.InsertID == "" {
				require.NoError(t, uuid.Validate(events[0].InsertID), "a name of its own for an event that came without")
				test.want.InsertID = events[0].InsertID
				test.want.DistinctID = "$anonymous:" + events[0].InsertID
			}
			assert.Equal(t, test.want, events[0])
		})
	}
}

func TestEventFaults(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	for _, test := range []struct{ name, record, field, message string }{
		{"not JSON", `{"event":`, "", "the record is not a JSON object"},
		{"not an object", `1`, "", "the record is not a JSON object"},
		{"null", `null`, "", "the record is not a JSON object"},
		{"something after it", `{"event":"x","properties":{"token":"t"}} {}`, "", "the record is not a JSON object"},
		{"too long", `{"event":"x","properties":{"token":"t","p":"` + strings.Repeat("x", MaxRecord) + `"}}`, "", "the record is longer than 2 MiB"},
		{"no name", `{"properties":{"token":"t"}}`, "event", "the event has no name: it must be a text"},
		{"an empty name", `{"event":"","properties":{"token":"t"}}`, "event", "the event has no name: it must be a text"},
		{"a name that is a number", `{"event":1,"properties":{"token":"t"}}`, "event", "the event has no name: it must be a text"},
		{"a long name", `{"event":"` + long + `","properties":{"token":"t"}}`, "event", "the event's name is longer than 255 bytes"},
		{"properties that are a list", `{"event":"x","properties":[]}`, "properties", "the properties are not a JSON object"},
		{"properties that are a text", `{"event":"x","properties":"{}"}`, "properties", "the properties are not a JSON object"},
		{"no properties", `{"event":"x"}`, "properties.token", "the event has no project token"},
		{"no token", `{"event":"x","properties":{"distinct_id":"d"}}`, "properties.token", "the event has no project token"},
		{"a token outside of the properties", `{"event":"x","token":"t","properties":{}}`, "properties.token", "the event has no project token"},
		{"a token of another kind", `{"event":"x","properties":{"token":{}}}`, "properties.token", "the event has no project token"},
		{"a long token", `{"event":"x","properties":{"token":"` + long + `"}}`, "properties.token", "the token is longer than 1024 bytes"},
		{"a long insert id", `{"event":"x","properties":{"token":"t","$insert_id":"` + long + `"}}`, "properties.$insert_id", "the $insert_id is longer than 1024 bytes"},
		{"a time of another kind", `{"event":"x","properties":{"token":"t","time":true}}`, "properties.time", "the time is neither seconds nor milliseconds since 1970, nor ISO 8601"},
		{"an alias without one", `{"event":"$create_alias","properties":{"token":"t","distinct_id":"d"}}`, "properties.alias", "an alias must be an id of one person: not empty, not a placeholder, at most 255 bytes"},
		{"a placeholder as alias", `{"event":"$create_alias","properties":{"token":"t","distinct_id":"d","alias":"undefined"}}`, "properties.alias", "an alias must be an id of one person: not empty, not a placeholder, at most 255 bytes"},
		{"an alias of nobody", `{"event":"$create_alias","properties":{"token":"t","alias":"jane"}}`, "properties.distinct_id", "an alias needs the distinct_id of one person: not empty, not a placeholder, at most 255 bytes"},
		{"an alias of a placeholder", `{"event":"$create_alias","properties":{"token":"t","alias":"jane","distinct_id":"null"}}`, "properties.distinct_id", "an alias needs the distinct_id of one person: not empty, not a placeholder, at most 255 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, faults := Events([]string{test.record}, testRequest(""))
			assert.Empty(t, events)
			require.Len(t, faults, 1)
			assert.Equal(t, test.field, faults[0].Field)
			assert.Equal(t, test.message, faults[0].Message)
		})
	}
}

// A fault names the index and the insert id of its record; the other records of the request are accepted.
func TestFaultNamesItsRecord(t *testing.T) {
	events, faults := Events([]string{
		firstRecord,
		`{"event":"x","properties":{"$insert_id":"i1"}}`,
		secondRecord,
		`{"event":"x","properties":{"token":"t","$insert_id":"i3","time":"soon"}}`,
		`[]`,
	}, testRequest(""))
	require.Len(t, events, 2)
	assert.Equal(t, []string{"Bought", "Left"}, []string{events[0].Name, events[1].Name})
	assert.Equal(t, []Fault{
		{1, "i1", "properties.token", "the event has no project token"},
		{3, "i3", "properties.time", "the time is neither seconds nor milliseconds since 1970, nor ISO 8601"},
		{4, "", "", "the record is not a JSON object"},
	}, faults)
	assert.Equal(t, "record 1: properties.token: the event has no project token", faults[0].String())
	assert.Equal(t, "record 4: the record is not a JSON object", faults[2].String())
}

// Records exactly at the limits are accepted.
func TestRecordsAtTheLengthLimits(t *testing.T) {
	name, id, distinctID := strings.Repeat("n", MaxName), strings.Repeat("i", MaxID), strings.Repeat("d", identity.MaxIDBytes)
	head := `{"event":"` + name + `","properties":{"token":"` + id + `","distinct_id":"` + distinctID + `","$insert_id":"` + id + `","p":"`
	record := head + strings.Repeat("x", MaxRecord-len(head)-3) + `"}}`
	require.Len(t, record, MaxRecord)
	events, faults := Events([]string{record}, testRequest(""))
	require.Empty(t, faults)
	assert.Equal(t, []string{name, id, distinctID, id}, []string{events[0].Name, events[0].Token, events[0].DistinctID, events[0].InsertID})
}

// An event with an unusable distinct_id is stored under an anonymous id of its own, which is the same when the event is repeated.
func TestUnusableDistinctIDs(t *testing.T) {
	for name, distinctID := range map[string]string{
		"missing": ``, "null": `null`, "empty": `""`, "true": `true`, "a list": `["jane"]`, "an object": `{"id":"jane"}`,
		"undefined": `"undefined"`, "in capitals": `" NULL "`, "NaN": `"NaN"`, "an object as text": `"[object Object]"`, "zero": `0`, "-1": `-1`,
		"the nil UUID": `"00000000-0000-0000-0000-000000000000"`, "blanks": `"  "`, "control characters": `"a\u0000b"`, "a line end": `"a\nb"`,
		"too long": `"` + strings.Repeat("x", identity.MaxIDBytes+1) + `"`, "much too long": `"` + strings.Repeat("x", 100_000) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			record := func(insertID string, n int) string {
				return fmt.Sprintf(`{"event":"E","properties":{"token":"t","n":%d,"$insert_id":%q,"distinct_id":%s}}`, n, insertID, cmp.Or(distinctID, `""`))
			}
			records := []string{
				record("first", 1), record("second", 2), record("undefined", 3), record("undefined", 4), record("", 5), record("", 6),
			}
			seen := map[string]bool{}
			for range 2 {
				events, faults := Events(records[:4], testRequest(""))
				require.Empty(t, faults)
				for _, e := range events {
					require.True(t, strings.HasPrefix(e.DistinctID, "$anonymous:"), e.DistinctID)
					seen[e.DistinctID] = true
				}
				assert.Equal(t, "$anonymous:first", events[0].DistinctID)
				assert.Contains(t, events[0].Properties, `"distinct_id":`+cmp.Or(distinctID, `""`), "what was sent is kept")
			}
			assert.Len(t, seen, 4)
			events, faults := Events(records[4:], testRequest(""))
			require.Empty(t, faults)
			assert.NotEqual(t, events[0].DistinctID, events[1].DistinctID)
		})
	}
}

// identity.IsValidID decides which ids are usable, for the page as for the collector: in events, and on both sides of an alias.
func TestUsableIDsAreThoseOfThePage(t *testing.T) {
	for _, id := range []string{
		"jane", " jane ", "UNÏ", "😀", "device:1", "[1]", "01", "undefined", "n/a", "\u00a0", "\u200b\ufeff", "jane\u200b", "\ufffd", "a\ufffdb", "\x7f",
		strings.Repeat("x", 255), strings.Repeat("x", 256),
	} {
		usable := identity.IsValidID(id)
		quoted := jsontext.Quote(id)
		events, faults := Events([]string{
			`{"event":"E","properties":{"token":"t","$insert_id":"i","distinct_id":` + quoted + `}}`,
			`{"event":"$create_alias","properties":{"token":"t","$insert_id":"i","distinct_id":"d","alias":` + quoted + `}}`,
			`{"event":"$create_alias","properties":{"token":"t","$insert_id":"i","alias":"a","distinct_id":` + quoted + `}}`,
		}, testRequest(""))
		if usable {
			require.Len(t, events, 3, "%q", id)
			assert.Equal(t, []string{id, id, id}, []string{events[0].DistinctID, events[1].Alias, events[2].DistinctID})
			continue
		}
		require.Len(t, faults, 2, "%q", id)
		require.Len(t, events, 1, "%q", id)
		assert.Equal(t, "$anonymous:i", events[0].DistinctID)
	}
	half, _ := Events([]string{`{"event":"E","properties":{"token":"t","$insert_id":"i","distinct_id":"jane\ud83d"}}`}, testRequest(""))
	assert.Equal(t, identity.IsValidID("jane\ufffd"), half[0].DistinctID == "jane\ufffd", "half a character is U+FFFD by now")
}

// A fault repeats no insert id that is longer than any client's: the answer to five events would be megabytes long.
func TestFaultsRepeatNoLongInsertID(t *testing.T) {
	for length, want := range map[int]int{36: 36, 255: 255, 256: 0, 2_000_000: 0} {
		_, faults := Events([]string{`{"event":"","properties":{"token":"t","$insert_id":"` + strings.Repeat("x", length) + `"}}`}, testRequest(""))
		require.Len(t, faults, 1)
		assert.Len(t, faults[0].InsertID, want)
	}
}
