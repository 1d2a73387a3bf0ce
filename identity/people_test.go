package identity_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// decodeUpdate decodes an update as the collector receives it.
func decodeUpdate(t *testing.T, m identity.Message) map[string]any {
	t.Helper()
	require.True(t, strings.HasPrefix(m.Head, "{"), "the outbox takes it for damaged otherwise")
	var update map[string]any
	require.NoError(t, json.Unmarshal([]byte(m.JSON()), &update))
	require.Empty(t, m.Event)
	require.Empty(t, m.InsertID)
	return update
}

// describeUpdates describes the operations of the updates among an outcome's messages, such as `$set {"plan":"pro"}`.
func describeUpdates(t *testing.T, o identity.Outcome) (all []string) {
	t.Helper()
	for _, m := range o.Messages {
		if m.Endpoint == identity.EventsEndpoint {
			continue
		}
		for name, operand := range decodeUpdate(t, m) {
			switch name {
			case "$token", "$distinct_id", "$device_id", "$user_id", "$group_key", "$group_id":
			default:
				text, err := json.Marshal(operand)
				require.NoError(t, err)
				all = append(all, name+" "+string(text))
			}
		}
	}
	return all
}

// person returns a browser whose visitor is identified.
func person(t *testing.T) *browser {
	b := newBrowser(t)
	b.identify("U")
	return b
}

// people calls a method of people, such as set.
func (b *browser) people(method string, args ...identity.Value) identity.Outcome {
	return b.profile("people."+method, args...)
}

func (b *browser) profile(method string, args ...identity.Value) identity.Outcome {
	o, isKnown := b.Profile(b.nextCall(), method, args...)
	require.True(b.t, isKnown, method)
	return o
}

// What each method sends. The expected texts are what mixpanel-browser 2.83 sends, but for the rows that say otherwise.
func TestPeopleOperations(t *testing.T) {
	const bad, reserved = identity.BadProperties, identity.ReservedProperty
	for name, c := range map[string]struct {
		op       string
		args     []identity.Value
		want     string
		warnings []identity.Code
	}{
		"set":                        {"set", []identity.Value{`"plan"`, `"pro"`}, `$set {"plan":"pro"}`, nil},
		"set of null":                {"set", []identity.Value{`"plan"`, `null`}, `$set {"plan":null}`, nil},
		"set of several":             {"set", []identity.Value{`{"a":1,"b":[1,2]}`}, `$set {"a":1,"b":[1,2]}`, nil},
		"set of none":                {"set", []identity.Value{`{}`}, `$set {}`, nil},
		"set of several, with more":  {"set", []identity.Value{`{"a":1}`, `null`}, `$set {"a":1}`, nil},
		"set of a number's name":     {"set", []identity.Value{`5`, `"x"`}, "", []identity.Code{bad}},
		"set twice in one":           {"set", []identity.Value{`{"a":1,"a":2}`}, `$set {"a":2}`, nil},
		"set without a value":        {"set", []identity.Value{`"plan"`}, "", []identity.Code{bad}},
		"set without anything":       {"set", nil, "", []identity.Code{bad}},
		"set of a list":              {"set", []identity.Value{`["a"]`, `1`}, "", []identity.Code{bad}},
		"set of reserved ones":       {"set", []identity.Value{`{"$distinct_id":"x","a":1,"$token":"y","$user_id":2,"$device_id":3}`}, `$set {"a":1}`, []identity.Code{reserved, reserved, reserved, reserved}},
		"set of one reserved":        {"set", []identity.Value{`"$had_persisted_distinct_id"`, `true`}, `$set {}`, []identity.Code{reserved}},
		"set_once":                   {"set_once", []identity.Value{`"first"`, `"2020-01-01T00:00:00"`}, `$set_once {"first":"2020-01-01T00:00:00"}`, nil},
		"set_once of several":        {"set_once", []identity.Value{`{"a":1,"b":2}`}, `$set_once {"a":1,"b":2}`, nil},
		"set_once of none":           {"set_once", []identity.Value{`{}`}, "", nil},
		"unset":                      {"unset", []identity.Value{`"plan"`}, `$unset ["plan"]`, nil},
		"unset of several":           {"unset", []identity.Value{`["a","b"]`}, `$unset ["a","b"]`, nil},
		"unset of none":              {"unset", []identity.Value{`[]`}, "", nil},
		"unset without a name":       {"unset", nil, "", nil},
		"unset of no name":           {"unset", []identity.Value{`["a",null,{}]`}, "", []identity.Code{bad}},
		"unset of an object":         {"unset", []identity.Value{`{"a":1}`}, "", []identity.Code{bad}},
		"unset of a reserved one":    {"unset", []identity.Value{`["$token","a"]`}, `$unset ["a"]`, []identity.Code{reserved}},
		"increment":                  {"increment", []identity.Value{`"n"`}, `$add {"n":1}`, nil},
		"increment with a callback":  {"increment", []identity.Value{`"n"`, `null`}, `$add {"n":1}`, nil},
		"increment by":               {"increment", []identity.Value{`"n"`, `-2.5`}, `$add {"n":-2.5}`, nil},
		"increment of several":       {"increment", []identity.Value{`{"a":1,"b":"2"}`}, `$add {"a":1,"b":2}`, nil},
		"increment by no number":     {"increment", []identity.Value{`{"a":1,"b":"many","c":true,"d":null}`}, `$add {"a":1}`, []identity.Code{bad, bad, bad}},
		"increment by a large one":   {"increment", []identity.Value{`"n"`, `1e300`}, `$add {"n":1e+300}`, nil},
		"append":                     {"append", []identity.Value{`"list"`, `"x"`}, `$append {"list":"x"}`, nil},
		"append of several":          {"append", []identity.Value{`{"a":"x","b":["y"]}`}, `$append {"a":"x","b":["y"]}`, nil},
		"union":                      {"union", []identity.Value{`"list"`, `"x"`}, `$union {"list":["x"]}`, nil},
		"union of several":           {"union", []identity.Value{`{"a":["x","y"],"b":1}`}, `$union {"a":["x","y"],"b":[1]}`, nil},
		"remove":                     {"remove", []identity.Value{`"list"`, `"x"`}, `$remove {"list":"x"}`, nil},
		"remove of several":          {"remove", []identity.Value{`{"a":"x","b":7}`}, `$remove {"a":"x","b":7}`, nil},
		"remove of a blocked one":    {"remove", []identity.Value{`{"secret":"x","b":7}`}, `$remove {"b":7}`, nil},
		"append to a reserved one":   {"append", []identity.Value{`"$device_id"`, `1`}, "", []identity.Code{reserved}},
		"union with an invalid text": {"union", []identity.Value{`{"a":`}, "", []identity.Code{bad}},
	} {
		t.Run(name, func(t *testing.T) {
			b := person(t)
			b.config.Blocklist = []string{"secret"}
			b.Configure(b.config)
			o := b.people(c.op, c.args...)
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			assert.Equal(t, want, describeUpdates(t, o))
			assert.Equal(t, c.warnings, codes(o))
			if c.want != "" {
				assert.Equal(t, o.Messages[0].JSON(), o.Answer, "the page gets the record")
				assert.Equal(t, strings.HasPrefix(c.want, "$a"), o.Messages[0].Cumulative)
			}
		})
	}
}

func TestUpdateSaysWhoseProfileItIs(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	assert.Equal(t, map[string]any{
		"$token": "T", "$distinct_id": anonymous, "$device_id": device, "$set": map[string]any{"a": 1.0},
	}, decodeUpdate(t, b.people("set", `{"a":1}`).Messages[0]))
	b = person(t)
	assert.Equal(t, map[string]any{
		"$token": "T", "$distinct_id": "U", "$device_id": device, "$user_id": "U", "$unset": []any{"a"},
	}, decodeUpdate(t, b.people("unset", `"a"`).Messages[0]))
}

func TestSetHasTheDefaultsOfThePage(t *testing.T) {
	b := person(t)
	b.SetPage(properties(t, `{"$os":"Linux","$browser":"Firefox","$browser_version":140,"$current_url":"/x"}`), identity.Properties{}, "", "")
	assert.Equal(t, []string{`$set {"$browser":"Opera","$browser_version":140,"$os":"Linux"}`}, describeUpdates(t, b.people("set", `"$browser"`, `"Opera"`)))
	assert.Equal(t, []string{`$set_once {"a":1}`}, describeUpdates(t, b.people("set_once", `"a"`, `1`)))
	b.config.Blocklist = []string{"$os"}
	b.Configure(b.config)
	assert.NotContains(t, b.people("set", `{}`).Answer, "Linux")
}

func TestChargesAndDeletion(t *testing.T) {
	b := newBrowser(t)
	call := func(method string) func() identity.Outcome {
		return func() identity.Outcome { return b.people(method) }
	}
	assert.Equal(t, []identity.Code{identity.NotIdentified}, b.requireUntouched(call("delete_user")))
	assert.Equal(t, []identity.Code{identity.NotSupported}, b.requireUntouched(call("track_charge")))
	b.people("clear_charges", `"ignored"`)
	assert.Equal(t, []string{`$set {"$transactions":[]}`}, describeUpdates(t, b.identify("U")))
	o := b.people("delete_user")
	assert.Equal(t, []string{`$delete "U"`}, describeUpdates(t, o))
	assert.Empty(t, o.Warnings)
	assert.False(t, o.Messages[0].Cumulative)
}

func TestUnknownMethodOfProfiles(t *testing.T) {
	for _, method := range []string{"", "people", "people.sett", "set", "get_group", "get_group.increment", "track"} {
		_, isKnown := newBrowser(t).Profile(identity.Call{}, method, `"a"`)
		assert.False(t, isKnown, method)
	}
}

// profileArguments has arguments for each method that changes a profile.
func profileArguments(t *testing.T) map[string][]identity.Value {
	all := map[string][]identity.Value{}
	for _, method := range identity.ProfileMethods() {
		switch {
		case strings.HasPrefix(method, "people."):
			all[method] = []identity.Value{`"n"`, `1`}
		case strings.HasPrefix(method, "get_group."):
			all[method] = []identity.Value{`"company"`, `"acme"`, `"n"`, `1`}
		case method == "track_with_groups":
			all[method] = []identity.Value{`"Bought"`, `{}`, `{"company":"acme"}`}
		default:
			all[method] = []identity.Value{`"company"`, `"acme"`}
		}
	}
	require.Len(t, all, 20)
	return all
}

func TestProfilesDoNotChangeWhileOptedOut(t *testing.T) {
	for _, isKnown := range []bool{true, false} {
		b := newBrowser(t)
		if isKnown {
			b.identify("U")
		}
		b.OptOut(b.nextCall())
		for method, args := range profileArguments(t) {
			if method == "people.delete_user" {
				continue
			}
			call := func() identity.Outcome { return b.profile(method, args...) }
			assert.Equal(t, []identity.Code{identity.OptedOut}, b.requireUntouched(call), method)
		}
		deletion := b.profile("people.delete_user")
		require.Len(t, deletion.Messages, map[bool]int{true: 1, false: 0}[isKnown], "to be deleted is no tracking")
		for _, m := range deletion.Messages {
			assert.Equal(t, identity.DeletionEndpoint, m.Endpoint, "which an opt-out does not clear")
		}
		assert.Empty(t, describeUpdates(t, b.OptIn(b.nextCall())))
	}
}

// A call that an earlier page made, and that was stored while it was killed, does not change a profile against a later opt-out.
func TestProfilesDoNotChangeByOutdatedCalls(t *testing.T) {
	b := person(t)
	b.OptOut(identity.Call{TimeMS: b.now + 1_000_000, InsertID: "later"})
	b.OptIn(identity.Call{TimeMS: b.now + 2_000_000, InsertID: "later"})
	for method, args := range profileArguments(t) {
		assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.profile(method, args...) }), method)
	}
}

func TestGroupOperations(t *testing.T) {
	b := newBrowser(t)
	group := func(method string, args ...identity.Value) identity.Outcome {
		return b.profile("get_group."+method, append([]identity.Value{`"company"`, `"acme"`}, args...)...)
	}
	for _, c := range []struct {
		o    identity.Outcome
		want string
	}{
		{group("set", `{"size":3}`), `$set {"size":3}`}, {group("set", `"size"`, `3`), `$set {"size":3}`},
		{group("set_once", `"size"`, `3`), `$set_once {"size":3}`}, {group("unset", `"size"`), `$unset ["size"]`},
		{group("union", `"tags"`, `["a"]`), `$union {"tags":["a"]}`}, {group("remove", `"tags"`, `"a"`), `$remove {"tags":"a"}`},
		{group("delete"), `$delete ""`},
	} {
		require.Len(t, c.o.Messages, 1, "groups do not wait for anybody")
		assert.Equal(t, []string{c.want}, describeUpdates(t, c.o))
		update := decodeUpdate(t, c.o.Messages[0])
		assert.Equal(t, "company", update["$group_key"])
		assert.Equal(t, "acme", update["$group_id"])
		assert.Equal(t, "T", update["$token"])
		assert.Len(t, update, 4, "no id of the visitor, no defaults of the page")
		assert.Equal(t, identity.GroupsEndpoint, c.o.Messages[0].Endpoint)
		assert.Empty(t, c.o.Warnings)
		assert.Equal(t, c.o.Messages[0].JSON(), c.o.Answer)
	}
	number := b.profile("get_group.set", `"team"`, `7`, `"a"`, `1`)
	assert.Equal(t, 7.0, decodeUpdate(t, number.Messages[0])["$group_id"], "a number stays one")
	reserved := group("set", `{"$group_id":"x"}`)
	assert.Equal(t, []identity.Code{identity.ReservedProperty}, codes(reserved))
	assert.Empty(t, reserved.Messages)
	assert.Equal(t, []identity.Code{identity.BadProperties}, codes(group("set", `5`)))
}

func TestGroupsWithoutAnID(t *testing.T) {
	b := person(t)
	for _, c := range [][2]identity.Value{{``, `"x"`}, {`""`, `"x"`}, {`null`, `"x"`}, {`{}`, `"x"`}, {`"k"`, ``}, {`"k"`, `null`}, {`"k"`, `""`}, {`"k"`, `{}`}} {
		for _, method := range []string{"get_group.set", "get_group.delete", "set_group", "add_group", "remove_group"} {
			call := func() identity.Outcome { return b.profile(method, c[0], c[1], `"a"`, `1`) }
			assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(call), "%s of %s", method, c)
		}
	}
	assert.Equal(t, []identity.Code{identity.BadID}, b.requireUntouched(func() identity.Outcome {
		return b.profile("set_group", `"k"`, `["a",null,"b"]`)
	}))
	assert.Contains(t, codes(b.profile("set_group", `"distinct_id"`, `"x"`)), identity.ReservedProperty)
	assert.Zero(t, b.Record().Super.Len())
}

// Each row is made after the ones before.
func TestMembershipOfGroups(t *testing.T) {
	b := person(t)
	for i, c := range []struct {
		method     string
		ids        identity.Value
		registered string
		update     string
	}{
		{"remove_group", `"x"`, "", `$remove {"company":"x"}`},
		{"set_group", `"acme"`, `["acme"]`, `$set {"company":["acme"]}`},
		{"add_group", `"apex"`, `["acme","apex"]`, `$union {"company":["apex"]}`},
		{"add_group", `"acme"`, `["acme","apex"]`, `$union {"company":["acme"]}`},
		{"remove_group", `"none"`, `["acme","apex"]`, `$remove {"company":"none"}`},
		{"remove_group", `"acme"`, `["apex"]`, `$remove {"company":"acme"}`},
		{"remove_group", `"apex"`, "", `$remove {"company":"apex"}`},
		{"add_group", `7`, `[7]`, `$union {"company":[7]}`},
		{"set_group", `["a","b","a"]`, `["a","b"]`, `$set {"company":["a","b","a"]}`},
		{"add_group", `["b","c"]`, `["a","b","c"]`, `$union {"company":["b","c"]}`},
	} {
		o := b.profile(c.method, `"company"`, c.ids)
		registered, _ := b.Property("company")
		assert.Equal(t, c.registered, registered, i)
		assert.Equal(t, []string{c.update}, describeUpdates(t, o), i)
		assert.Empty(t, o.Warnings, i)
	}
	assert.Equal(t, []any{"a", "b", "c"}, onlyMessage(t, b.track("Bought", "")).Properties["company"])
	b.Register(b.nextCall(), `{"team":"blue"}`)
	b.profile("add_group", `"team"`, `"red"`)
	team, _ := b.Property("team")
	assert.Equal(t, `["blue","red"]`, team, "mixpanel-browser throws here")
	assert.Equal(t, 2, b.Record().Super.Len(), "remove_group of mixpanel-browser registers a property group_key")
}

func TestTrackWithGroups(t *testing.T) {
	b := newBrowser(t)
	for _, c := range []struct {
		properties, groups identity.Value
		want               map[string]any
		warnings           []identity.Code
	}{
		{`{"price":5}`, `{"company":["acme"],"team":null}`, map[string]any{"price": 5.0, "company": []any{"acme"}}, nil},
		{`null`, `{"company":"acme"}`, map[string]any{"company": "acme"}, nil},
		{``, ``, map[string]any{}, nil},
		{`{"company":"x"}`, `{"company":"acme"}`, map[string]any{"company": "acme"}, nil},
		{`{"a":1}`, `"acme"`, map[string]any{"a": 1.0}, []identity.Code{identity.BadProperties}},
		{`5`, `{"company":"acme"}`, map[string]any{"company": "acme"}, []identity.Code{identity.BadProperties}},
		{`{"a":1}`, `{"token":"x"}`, map[string]any{"a": 1.0}, []identity.Code{identity.ReservedProperty}},
	} {
		o := b.profile("track_with_groups", `"Bought"`, c.properties, c.groups)
		require.Len(t, o.Messages, 1)
		event := decodeMessage(t, o.Messages[0])
		for _, name := range []string{"token", "distinct_id", "$device_id", "time", "$insert_id"} {
			delete(event.Properties, name)
		}
		assert.Equal(t, c.want, event.Properties)
		assert.Equal(t, c.warnings, codes(o))
	}
}
