package identity_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// update is one call of People.
type update struct {
	op          string
	name, value string
}

func (u update) make(b *browser) identity.Outcome {
	return b.people(u.op, identity.String(u.name), identity.Value(u.value))
}

// What is sent at identification, of updates that were made before. The expected texts are what mixpanel-browser 2.83 sends, in its order, but
// for the rows that say otherwise.
func TestUpdatesWaitForIdentification(t *testing.T) {
	const set, once, unset, add, union, push, remove = "set", "set_once", "unset", "increment", "union", "append", "remove"
	for name, c := range map[string]struct {
		calls []update
		want  []string
	}{
		"nothing": {nil, nil},
		"one":     {[]update{{set, "a", `1`}}, []string{`$set {"a":1}`}},
		"every kind, in one order": {
			[]update{{remove, "g", `1`}, {push, "f", `1`}, {union, "e", `1`}, {add, "d", `1`}, {unset, "c", ``}, {once, "b", `1`}, {set, "a", `1`}},
			[]string{`$unset ["c"]`, `$set {"a":1}`, `$set_once {"b":1}`, `$add {"d":1}`, `$remove {"g":1}`, `$union {"e":[1]}`, `$append {"f":1}`},
		},
		"of one kind together":            {[]update{{set, "a", `1`}, {set, "b", `2`}, {set, "a", `3`}}, []string{`$set {"a":3,"b":2}`}},
		"the first set_once":              {[]update{{once, "a", `1`}, {once, "a", `2`}, {once, "b", `3`}}, []string{`$set_once {"a":1,"b":3}`}},
		"sums":                            {[]update{{add, "n", `1`}, {add, "n", `7`}, {add, "n", `-5`}}, []string{`$add {"n":3}`}},
		"fractions (ours)":                {[]update{{add, "n", `0.1`}, {add, "n", `0.2`}}, []string{`$add {"n":0.1}`, `$add {"n":0.2}`}},
		"sums that are not exact":         {[]update{{add, "n", `9007199254740992`}, {add, "n", `1`}}, []string{`$add {"n":9007199254740992}`, `$add {"n":1}`}},
		"set over increment":              {[]update{{add, "n", `1`}, {set, "n", `5`}}, []string{`$set {"n":5}`}},
		"increment of what is set (ours)": {[]update{{set, "n", `5`}, {add, "n", `2`}, {add, "n", `3`}}, []string{`$set {"n":5}`, `$add {"n":5}`}},
		"increment of no number":          {[]update{{set, "n", `"x"`}, {add, "n", `2`}}, []string{`$set {"n":"x"}`, `$add {"n":2}`}},
		"set over union":                  {[]update{{union, "l", `[1]`}, {set, "l", `[5]`}}, []string{`$set {"l":[5]}`}},
		"set over append (ours)":          {[]update{{push, "l", `1`}, {set, "l", `[5]`}}, []string{`$set {"l":[5]}`}},
		"append to what is set":           {[]update{{set, "l", `[5]`}, {push, "l", `1`}}, []string{`$set {"l":[5]}`, `$append {"l":1}`}},
		"set over unset":                  {[]update{{unset, "a", ``}, {set, "a", `1`}}, []string{`$set {"a":1}`}},
		"unset over everything":           {[]update{{set, "a", `1`}, {add, "a", `1`}, {unset, "a", ``}}, []string{`$unset ["a"]`}},
		"increment after unset (ours)":    {[]update{{unset, "n", ``}, {add, "n", `1`}}, []string{`$unset ["n"]`, `$add {"n":1}`}},
		"set_once after set":              {[]update{{set, "a", `1`}, {once, "a", `2`}}, []string{`$set {"a":1}`, `$set_once {"a":2}`}},
		"set over set_once (ours)":        {[]update{{once, "a", `2`}, {set, "a", `1`}}, []string{`$set {"a":1}`}},
		"appends, in order (ours)":        {[]update{{push, "l", `1`}, {push, "l", `2`}, {push, "l", `1`}}, []string{`$append {"l":1}`, `$append {"l":2}`, `$append {"l":1}`}},
		"unions without repeats":          {[]update{{union, "l", `[1,2]`}, {union, "l", `[2,3]`}, {union, "l", `1`}}, []string{`$union {"l":[1,2,3]}`}},
		"remove of what was appended":     {[]update{{push, "l", `1`}, {push, "l", `2`}, {remove, "l", `1`}}, []string{`$remove {"l":1}`, `$append {"l":2}`}},
		"remove of all appended":          {[]update{{push, "l", `1`}, {remove, "l", `1`}}, []string{`$remove {"l":1}`}},
		"append after remove (ours)":      {[]update{{remove, "l", `1`}, {push, "l", `1`}}, []string{`$remove {"l":1}`, `$append {"l":1}`}},
		"removes":                         {[]update{{remove, "l", `1`}, {remove, "l", `2`}, {remove, "l", `1`}}, []string{`$remove {"l":1}`, `$remove {"l":2}`}},
	} {
		t.Run(name, func(t *testing.T) {
			identifications := map[string]func(b *browser) identity.Outcome{
				"identify":       func(b *browser) identity.Outcome { return b.identify("U") },
				"alias":          func(b *browser) identity.Outcome { return b.alias("U") },
				"own id":         func(b *browser) identity.Outcome { return b.identify(b.DistinctID()) },
				"after a reload": func(b *browser) identity.Outcome { b.load("page-2"); return b.identify("U") },
				"in another tab": func(b *browser) identity.Outcome {
					record := b.Record()
					record.UserID = "U"
					b.ReplaceRecord(record)
					return b.ReleaseHeld(b.nextCall())
				},
			}
			for how, identify := range identifications {
				b := newBrowser(t)
				for _, u := range c.calls {
					o := u.make(b)
					require.Empty(t, o.Messages)
					require.Empty(t, o.Warnings)
					require.Contains(t, o.Answer, `"$distinct_id":"`+anonymous+`"`, "the page gets the record, as from mixpanel-browser")
				}
				o := identify(b)
				assert.Equal(t, c.want, describeUpdates(t, o), how)
				for _, m := range o.Messages {
					if m.Endpoint == identity.PeopleEndpoint {
						assert.Equal(t, b.DistinctID(), decodeUpdate(t, m)["$distinct_id"], "updates are of the identified visitor")
					}
				}
				b.identify("U")
				assert.Empty(t, describeUpdates(t, b.ReleaseHeld(b.nextCall())), "once")
				b.load("page-3")
				assert.Zero(t, b.Record().Waiting.Len(), "nothing is left")
			}
		})
	}
}

func TestIdentifyComesBeforeTheUpdatesThatItSends(t *testing.T) {
	b := newBrowser(t)
	b.people("set", `"a"`, `1`)
	o := b.identify("U")
	require.Len(t, o.Messages, 2)
	assert.Equal(t, "$identify", o.Messages[0].Event)
	assert.Equal(t, "U", decodeUpdate(t, o.Messages[1])["$distinct_id"])
}

func TestResetForgetsTheUpdatesOfItsVisitor(t *testing.T) {
	b := newBrowser(t)
	b.people("set", `"a"`, `1`)
	b.reset()
	assert.Empty(t, describeUpdates(t, b.identify("U")))
	b = newBrowser(t)
	b.identify(b.DistinctID())
	b.reset()
	assert.Empty(t, b.people("set", `"a"`, `1`).Messages, "the next visitor is not identified")
	b = person(t)
	b.reset()
	assert.Empty(t, b.people("set", `"a"`, `1`).Messages)
	assert.Equal(t, []string{`$set {"a":1}`}, describeUpdates(t, b.identify("V")))
}

func TestOptOutForgetsTheUpdatesThatWait(t *testing.T) {
	b := newBrowser(t)
	b.people("set", `"a"`, `1`)
	b.OptOut(b.nextCall())
	b.identify("U")
	assert.Empty(t, describeUpdates(t, b.OptIn(b.nextCall())))

	mine, theirs := twoTabs(t, identity.NewRecord(device))
	mine.OptOut(mine.nextCall())
	theirs.people("set", `"a"`, `1`)
	merged := mergeBothWays(t, identity.NewRecord(device), mine, theirs)
	assert.Zero(t, merged.Waiting.Len())
	mine.reset()
	merged = mergeBothWays(t, identity.NewRecord(device), mine, theirs)
	assert.Zero(t, merged.Waiting.Len())
}

func TestWaitingUpdatesAreBounded(t *testing.T) {
	b := newBrowser(t)
	warned := 0
	for i := range identity.MaxWaitingUpdates + 20 {
		warned += len(b.people("append", `"l"`, identity.Value(fmt.Sprint(i))).Warnings)
	}
	assert.Equal(t, 20, warned)
	assert.Equal(t, []identity.Code{identity.TooManyUpdates}, codes(b.people("append", `"l"`, `1`)))
	assert.Len(t, describeUpdates(t, b.identify("U")), identity.MaxWaitingUpdates, "what was kept is sent")

	b = newBrowser(t)
	value := identity.String(strings.Repeat("x", 1000))
	for range 200 {
		b.people("append", `"l"`, value)
	}
	record := b.Record()
	assert.Less(t, len(record.AppendJSON(nil)), identity.MaxWaitingBytes+3_000)
	assert.Greater(t, len(describeUpdates(t, b.identify("U"))), 80)
}

// However often a page changes the same properties, the record does not grow.
func TestWaitingUpdatesStaySmall(t *testing.T) {
	b := newBrowser(t)
	for i := range 5_000 {
		require.Empty(t, b.people("increment", `"n"`).Warnings)
		require.Empty(t, b.people("set", `"a"`, identity.Value(fmt.Sprint(i))).Warnings)
		require.Empty(t, b.people("union", `"l"`, identity.Value(fmt.Sprint(i%3))).Warnings)
	}
	record := b.Record()
	assert.Less(t, len(record.AppendJSON(nil)), 5_000)
	assert.ElementsMatch(t, []string{`$add {"n":5000}`, `$set {"a":4999}`, `$union {"l":[0,1,2]}`}, describeUpdates(t, b.identify("U")))
}

func TestDamagedWaitingUpdatesDoNotCostTheOthers(t *testing.T) {
	for _, damaged := range []string{`[]`, `{}`, `5`, `"x"`, `[5]`, `[{}]`, `[{"$bad":{"a":1}}]`, `[{"$set":5}]`, `[{"$unset":{}}]`, `[{"$union":{"l":5}}]`, `[null]`} {
		record, problems := identity.ParseRecord(`{"distinct_id":"` + anonymous + `","people":{"bad":` + damaged + `,"good":[{"$set":{"good":1}}]}}`)
		require.Empty(t, problems)
		b := newBrowser(t)
		b.ReplaceRecord(record)
		assert.Equal(t, []string{`$set {"good":1}`}, describeUpdates(t, b.identify("U")), damaged)
	}
	for _, text := range []string{`{"distinct_id":"D","people":5}`, `{"distinct_id":"D","identified_ms":"x"}`} {
		record, problems := identity.ParseRecord(text)
		assert.Len(t, problems, 1)
		assert.Equal(t, "D", record.DistinctID)
	}
	// Of a record that is cut off, no property of a profile is taken for a field.
	record, _ := identity.ParseRecord(`{"distinct_id":"D","props":{"a":1},"people":{"opted_out":["$set",true],"device_id":["$set","x`)
	assert.False(t, record.OptedOut)
	assert.Empty(t, record.DeviceID)
}

// profile is what Mixpanel makes of updates, for numbers and for lists. A list that is empty counts as absent.
type profile map[string]any

func (p profile) apply(t *testing.T, m identity.Message) {
	for operator, operand := range decodeUpdate(t, m) {
		if operator == "$unset" {
			for _, name := range operand.([]any) {
				delete(p, name.(string))
			}
			continue
		}
		changes, _ := operand.(map[string]any)
		for name, value := range changes {
			list, _ := p[name].([]any)
			number, _ := p[name].(float64)
			_, exists := p[name]
			has := func(v any) bool { return slices.Contains(list, v) }
			switch operator {
			case "$set":
				p[name] = value
			case "$set_once":
				if !exists {
					p[name] = value
				}
			case "$add":
				p[name] = number + value.(float64)
			case "$append":
				p[name] = append(slices.Clone(list), value)
			case "$union":
				for _, v := range value.([]any) {
					if !has(v) {
						list = append(slices.Clone(list), v)
					}
				}
				p[name] = list
			case "$remove":
				p[name] = slices.DeleteFunc(slices.Clone(list), func(v any) bool { return v == value })
			}
			if list, isList := p[name].([]any); isList && len(list) == 0 {
				delete(p, name)
			}
		}
	}
}

// randomUpdate returns an update of a number, of a list of all items, or of a list without repeats.
func randomUpdate(r *rand.Rand) update {
	value := fmt.Sprint(r.Intn(4))
	if r.Intn(2) == 0 {
		ops := []string{"set", "set_once", "increment", "increment", "unset"}
		return update{ops[r.Intn(len(ops))], []string{"n", "m"}[r.Intn(2)], value}
	}
	list, adds := "l", "append"
	if r.Intn(2) == 0 {
		list, adds = "u", "union"
	}
	switch r.Intn(5) {
	case 0:
		return update{"set", list, "[" + value + ",7]"}
	case 1:
		return update{"unset", list, ""}
	case 2:
		return update{"remove", list, value}
	}
	return update{adds, list, value}
}

// Waiting changes nothing about the outcome: what is sent at identification makes of any profile what the updates would have made of it one by
// one. Reloads in between do not matter.
func TestWaitingDoesNotChangeTheOutcome(t *testing.T) {
	for seed := range int64(2_000) {
		r := rand.New(rand.NewSource(seed))
		waits, known := newBrowser(t), person(t)
		want := profile{}
		for range r.Intn(4) { // What the profile has before.
			for _, m := range randomUpdate(r).make(known).Messages {
				want.apply(t, m)
			}
		}
		got := profile{}
		for name, value := range want {
			got[name] = value
		}
		var calls []update
		for range 1 + r.Intn(10) {
			u := randomUpdate(r)
			calls = append(calls, u)
			for _, m := range u.make(known).Messages {
				want.apply(t, m)
			}
			require.Empty(t, u.make(waits).Warnings)
			if r.Intn(5) == 0 {
				waits.load("page-2")
			}
		}
		for _, m := range waits.identify("U").Messages[1:] {
			got.apply(t, m)
		}
		require.Equal(t, want, got, "seed %d: %v", seed, calls)
	}
}

// localStorage shows the writes of other tabs late, so that the tracker merges what it has done in the last seconds into whatever it reads, with a
// base from before. What the other tab has read and sent since must not be sent again.
func TestUpdatesThatAnotherTabHasSentAreNotSentAgain(t *testing.T) {
	before := identity.NewRecord(device)
	p := newBrowser(t)
	p.people("increment", `"n"`, `2`)
	written := p.Record()
	next := newBrowser(t)
	next.calls = 1000
	next.ReplaceRecord(written)
	next.people("increment", `"n"`, `3`)
	assert.Equal(t, []string{`$add {"n":5}`}, describeUpdates(t, next.identify("U")))
	merged := mergeBothWays(t, before, p, next)
	p.ReplaceRecord(merged)
	assert.Empty(t, describeUpdates(t, p.ReleaseHeld(p.nextCall())))

	// What it has not read is sent.
	p, next = newBrowser(t), newBrowser(t)
	next.calls = 1000
	p.people("increment", `"n"`, `2`)
	next.people("increment", `"n"`, `3`)
	next.identify("U")
	p.ReplaceRecord(mergeBothWays(t, before, p, next))
	assert.Equal(t, []string{`$add {"n":2}`}, describeUpdates(t, p.ReleaseHeld(p.nextCall())))
}

// Two tabs change the profile of one visitor at the same time. Each addition counts once, also if one of them has sent what it knew meanwhile.
func TestUpdatesOfTwoTabsCountOnce(t *testing.T) {
	for seed := range int64(1_000) {
		r := rand.New(rand.NewSource(seed))
		start := newBrowser(t)
		wantSum, wantItems := 0, 0
		for range r.Intn(3) {
			n := 1 + r.Intn(5)
			start.people("increment", `"n"`, identity.Value(fmt.Sprint(n)))
			start.people("append", `"l"`, `7`)
			wantSum, wantItems = wantSum+n, wantItems+1
		}
		base := start.Record()
		mine, theirs := twoTabs(t, base)
		sum := 0.0
		var items []any
		count := func(o identity.Outcome) {
			for _, m := range o.Messages {
				if m.Endpoint != identity.PeopleEndpoint {
					continue
				}
				update := decodeUpdate(t, m)
				if added, ok := update["$add"].(map[string]any); ok {
					sum += added["n"].(float64)
				}
				if appended, ok := update["$append"].(map[string]any); ok {
					items = append(items, appended["l"])
				}
			}
		}
		for _, tab := range []*browser{mine, theirs} {
			for range r.Intn(4) {
				n := 1 + r.Intn(5)
				tab.people("increment", `"n"`, identity.Value(fmt.Sprint(n)))
				wantSum += n
			}
			for range r.Intn(4) {
				tab.people("append", `"l"`, `8`)
				wantItems++
			}
		}
		if r.Intn(2) == 0 {
			count(mine.identify("U"))
		}
		merged := mergeBothWays(t, base, mine, theirs)
		tab := newBrowser(t)
		tab.ReplaceRecord(merged)
		count(tab.ReleaseHeld(tab.nextCall()))
		count(tab.identify("U"))
		require.InDelta(t, wantSum, sum, 1e-9, "seed %d", seed)
		require.Len(t, items, wantItems, "seed %d", seed)
	}
}

func TestOtherUpdatesOfTwoTabs(t *testing.T) {
	for name, c := range map[string]struct {
		base, mine, theirs []update
		want               []string
	}{
		"two properties":        {nil, []update{{"set", "a", `1`}}, []update{{"set", "b", `2`}}, []string{`$set {"a":1,"b":2}`}},
		"the same":              {nil, []update{{"set", "a", `1`}}, []update{{"set", "a", `2`}}, []string{`$set {"a":2}`}},
		"unions":                {[]update{{"union", "l", `[0]`}}, []update{{"union", "l", `[1]`}}, []update{{"union", "l", `[1,2]`}}, []string{`$union {"l":[0,1,2]}`}},
		"removes":               {nil, []update{{"remove", "l", `1`}}, []update{{"remove", "l", `2`}}, []string{`$remove {"l":1}`, `$remove {"l":2}`}},
		"increments of a set":   {[]update{{"set", "n", `5`}}, []update{{"increment", "n", `1`}}, []update{{"increment", "n", `2`}}, []string{`$set {"n":5}`, `$add {"n":3}`}},
		"a union and an append": {nil, []update{{"union", "l", `[1]`}}, []update{{"append", "l", `2`}}, []string{`$union {"l":[1]}`, `$append {"l":2}`}},
	} {
		t.Run(name, func(t *testing.T) {
			start := newBrowser(t)
			for _, u := range c.base {
				u.make(start)
			}
			base := start.Record()
			mine, theirs := twoTabs(t, base)
			for _, u := range c.mine {
				u.make(mine)
			}
			for _, u := range c.theirs {
				u.make(theirs)
			}
			tab := newBrowser(t)
			tab.ReplaceRecord(mergeBothWays(t, base, mine, theirs))
			assert.Equal(t, c.want, describeUpdates(t, tab.identify("U")))
		})
	}
}
