package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A record that is written in mixpanel-browser's form is read again as the same visitor.
func TestMixpanelRecordRoundTrip(t *testing.T) {
	v := NewVisitor(Config{Token: "T", PageID: "page"}, NewRecord("d1"))
	v.SetPage(Properties{}, Properties{}, "https://search.example/?q=ä", "search.example")
	v.Register(Call{}, `{"plan":"gold","list":[1,{"a":"é\n"}],"__own":1}`)
	v.TimeEvent(Call{TimeMS: 5}, `"E"`)
	for i, args := range [][]Value{{"set", `{"a":1}`}, {"set_once", `{"b":1}`}, {"increment", `"n"`, "2"}, {"append", `"l"`, `"x"`}, {"append", `"l"`, `"y"`}, {"remove", `"m"`, `1`}, {"union", `"u"`, `[1,2]`}, {"unset", `"z"`}} {
		v.Profile(Call{TimeMS: 6, InsertID: "page-" + string(rune('a'+i))}, "people."+string(args[0]), args[1:]...)
	}
	v.Alias(Call{TimeMS: 7, InsertID: "page-z"}, `"jane"`, "")
	v.record.Waiting.Each(func(_, raw string) bool { assert.Equal(t, sentUpdate, raw); return true })
	for _, waits := range []bool{false, true} {
		if waits {
			v.Reset(Call{TimeMS: 8}, "d2")
			v.Profile(Call{TimeMS: 9, InsertID: "page-y"}, "people.increment", `"n"`, "2")
			v.Profile(Call{TimeMS: 9, InsertID: "page-x"}, "people.append", `"l"`, `"x"`)
			v.Profile(Call{TimeMS: 9, InsertID: "page-w"}, "people.unset", `"z"`)
		}
		before := v.Record()
		after, ok := ParseMixpanelRecord(v.MixpanelJSON(0))
		require.True(t, ok)
		assert.Equal(t, []string{before.DistinctID, before.DeviceID, before.UserID, before.Alias, before.InitialReferrer},
			[]string{after.DistinctID, after.DeviceID, after.UserID, after.Alias, after.InitialReferrer})
		before.Super.Delete("__own") // Names with two underscores are that library's own.
		assert.JSONEq(t, string(before.Super.AppendJSON(nil)), string(after.Super.AppendJSON(nil)))
		assert.Equal(t, string(before.Timers.AppendJSON(nil)), string(after.Timers.AppendJSON(nil)))
		assert.Equal(t, before.mixpanelUpdates(), after.mixpanelUpdates())
		assert.False(t, before.MergeMixpanelRecord(v.MixpanelJSON(0), v.MixpanelJSON(0), 10), "nothing has changed")
	}
}

func TestMixpanelRecordFitsInACookie(t *testing.T) {
	v := NewVisitor(Config{Token: "T"}, NewRecord("d1"))
	v.Identify(Call{TimeMS: 1, InsertID: "i"}, `"jane"`)
	for i := range 60 {
		v.Register(Call{}, Value(`{"p`+string(rune('a'+i%26))+string(rune('a'+i/26))+`":"`+strings.Repeat("é", i*4)+`"}`))
	}
	for _, limit := range []int{200, 1000, 4000} {
		text := v.MixpanelJSON(limit)
		assert.LessOrEqual(t, CookieLen(text), limit)
		record, ok := ParseMixpanelRecord(text)
		require.True(t, ok)
		assert.Equal(t, "jane", record.UserID)
		assert.Greater(t, CookieLen(text), limit/2, "as much as fits")
		mine := v.Record()
		assert.False(t, mine.MergeMixpanelRecord(text, text, 9), "what did not fit was not removed")
	}
}
