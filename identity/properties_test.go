package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// objectOf returns a JSON object with n properties, whose names begin with name.
func objectOf(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%s%d":%d`, name, i, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// Properties of any number behave like a map, and keep their order.
func TestPropertiesOfAnySizeBehaveLikeAnOrderedMap(t *testing.T) {
	for _, n := range []int{10, 48, 49, 50, 2000} {
		bag, err := identity.ParseProperties(strings.TrimSuffix(objectOf("p", n), "}") + `,"p3":"last"}`)
		require.NoError(t, err)
		require.Equal(t, n, bag.Len())
		copied := bag.Clone()
		require.True(t, bag.Delete("p5"))
		require.False(t, bag.Delete("p5"))
		bag.Set("p7", `"seven"`)
		bag.Set("new", "1")
		want := map[string]string{"p3": `"last"`, "p5": "", "p7": `"seven"`, "new": "1", "absent": "", "p9": "9", fmt.Sprint("p", n-1): fmt.Sprint(n - 1)}
		for name, value := range want {
			raw, ok := bag.Get(name)
			assert.Equal(t, value, raw, name)
			assert.Equal(t, value != "", ok, name)
		}
		raw, _ := copied.Get("p5")
		assert.Equal(t, "5", raw, "a copy does not change with it")
		_, there := copied.Get("new")
		assert.False(t, there)
		var names []string
		bag.Each(func(name, _ string) bool {
			names = append(names, name)
			return true
		})
		assert.Equal(t, []string{"p0", "p1", "p2", "p3", "p4", "p6"}, names[:6])
		assert.Equal(t, "new", names[n-1])
	}
}

// A search among many properties takes one step. One step per property made register of 20,000 properties take seconds.
func TestManyPropertiesAreNotSearchedOneByOne(t *testing.T) {
	const n = 20_000
	bag, err := identity.ParseProperties(objectOf("p", n))
	require.NoError(t, err)
	assert.LessOrEqual(t, identity.SearchSteps(&bag), 48)
	copied := bag.Clone()
	copied.Set("p1", "2")
	assert.LessOrEqual(t, identity.SearchSteps(&copied), 48)

	b := newBrowser(t)
	b.Register(b.nextCall(), identity.Value(objectOf("p", n)))
	o := b.track("Bought", objectOf("q", n))
	require.Len(t, o.Messages, 1)
	assert.Len(t, decodeMessage(t, o.Messages[0]).Properties, n+identity.MaxSuperProperties+5)
	w := decodeMessage(t, b.track("Bought", strings.TrimSuffix(objectOf("p", n), "}")+`,"token":1}`).Messages[0])
	assert.Len(t, w.Properties, n+5, "each overrides its super property")
	assert.Equal(t, "T", w.Properties["token"])
}

func TestSuperPropertiesAreBounded(t *testing.T) {
	b := newBrowser(t)
	o := b.Register(b.nextCall(), identity.Value(objectOf("p", 20_000)))
	require.Equal(t, []identity.Code{identity.TooManyProperties}, codes(o))
	assert.Equal(t, []string{"register", "19000", "p1000"}, o.Warnings[0].Args)
	record := b.Record()
	assert.Equal(t, identity.MaxSuperProperties, record.Super.Len())

	assert.Empty(t, b.Register(b.nextCall(), `{"p5":"changed"}`).Warnings, "one that is there may change")
	again := func() identity.Outcome { return b.RegisterOnce(b.nextCall(), `{"new":1,"p1":2}`, "") }
	assert.Equal(t, []identity.Code{identity.TooManyProperties}, b.requireUntouched(again))
	b.Unregister(b.nextCall(), `"p7"`)
	assert.Empty(t, again().Warnings)
	raw, _ := b.Property("new")
	assert.Equal(t, "1", raw)
}

func TestBytesOfSuperPropertiesAreBounded(t *testing.T) {
	b := newBrowser(t)
	large := `"` + repeat("x", 600_000) + `"`
	require.Empty(t, b.Register(b.nextCall(), identity.Value(`{"a":`+large+`,"b":`+large+`}`)).Warnings)
	assert.Equal(t, []identity.Code{identity.TooManyProperties}, b.requireUntouched(func() identity.Outcome {
		return b.Register(b.nextCall(), identity.Value(`{"c":`+large+`}`))
	}))
	assert.Empty(t, b.Register(b.nextCall(), identity.Value(`{"a":1,"c":`+large+`}`)).Warnings, "the first made room")
	assert.Empty(t, b.Register(b.nextCall(), `{"small":1}`).Warnings)
	assert.Less(t, len(b.Record().AppendJSON(nil)), identity.MaxSuperBytes)
}

func TestTimersAreBounded(t *testing.T) {
	b := newBrowser(t)
	for i := range identity.MaxTimers {
		require.Empty(t, b.TimeEvent(b.nextCall(), identity.String(fmt.Sprint("Load ", i))).Warnings)
	}
	require.Empty(t, b.TimeEvent(b.nextCall(), `"Load 0"`).Warnings, "one that runs starts again")
	o := b.TimeEvent(b.nextCall(), `"One More"`)
	require.Equal(t, []identity.Code{identity.TooManyTimers}, codes(o))
	assert.Equal(t, []string{"One More", "Load 1"}, o.Warnings[0].Args)
	record := b.Record()
	assert.Equal(t, identity.MaxTimers, record.Timers.Len())
	assert.Contains(t, onlyMessage(t, b.track("One More", "")).Properties, "$duration")
	assert.Contains(t, onlyMessage(t, b.track("Load 0", "")).Properties, "$duration")
	assert.NotContains(t, onlyMessage(t, b.track("Load 1", "")).Properties, "$duration")

	record.Timers = properties(t, objectOf("Load ", 20_000))
	b.ReplaceRecord(record)
	b.TimeEvent(b.nextCall(), `"One More"`)
	record = b.Record()
	assert.Equal(t, identity.MaxTimers, record.Timers.Len(), "whatever storage held")
}

// Long lists in the configuration are looked up in a set, and a name is compared with a limited number of declared names.
func TestLongListsInTheConfiguration(t *testing.T) {
	const n = 20_000
	b := newBrowser(t)
	for i := range n {
		b.config.Blocklist = append(b.config.Blocklist, fmt.Sprint("q", i))
		b.config.EventNames = append(b.config.EventNames, fmt.Sprintf("%s %05d%s", repeat("long", 30), i, repeat("name", 30)))
	}
	b.config.EventNames = append([]string{"Item Viewed"}, b.config.EventNames...)
	b.Configure(b.config)
	w := onlyMessage(t, b.track(b.config.EventNames[n], objectOf("q", n)))
	assert.NotContains(t, w.Properties, "q17")
	assert.Len(t, w.Properties, 5)
	assert.Equal(t, []identity.Code{identity.EventNameResembles}, codes(b.track("Item Veiwed", "")))

	last := func(names, letters int) []string {
		all := make([]string, names)
		for i := range all {
			all[i] = repeat("y", letters)
		}
		return append(all, repeat("x", letters-1)+"z")
	}
	_, ok := identity.SuggestName(repeat("x", 20), last(500, 20))
	assert.True(t, ok, "as many as a site has")
	_, ok = identity.SuggestName(repeat("x", 200), last(n, 200))
	assert.False(t, ok, "the last of so many is not compared")
}
