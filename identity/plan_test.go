package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

const plan = `{"events": {
	"Bought": {
		"description": "Somebody paid.",
		"properties": {"item": {"type": "string"}, "price": {"type": "number"}, "coupon": {"type": ["string", "null"]}, "count": {"type": "integer"}, "any": {}},
		"required": ["item", "price"]
	},
	"Opened": {"additionalProperties": true},
	"Returned": {
		"properties": {"reason": {"type": ["string", "null"]}, "any": {}},
		"required": ["reason", "any", "time", "distinct_id", "$browser", "mp_lib"]
	},
	"Closed": {}
}}`

func newPlannedBrowser(t *testing.T, plan string) *browser {
	b := newBrowser(t)
	events, ok := identity.PlanEvents(plan)
	require.True(t, ok)
	b.config.Plan, b.config.EventNames = events, events.Names()
	b.Configure(b.config)
	return b
}

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct {
		event, properties string
		want              []string
	}{
		"as planned":             {"Bought", `{"item":"tea","price":1.5,"coupon":null,"count":2,"any":[1]}`, nil},
		"an integer as a number": {"Bought", `{"item":"tea","price":2}`, nil},
		"another type":           {"Bought", `{"item":7,"price":"2"}`, []string{"item is of type integer, and the tracking plan wants string", "price is of type string, and the tracking plan wants number"}},
		"one of two types":       {"Bought", `{"item":"","price":1,"coupon":true}`, []string{"coupon is of type boolean, and the tracking plan wants string or null"}},
		"no integer":             {"Bought", `{"item":"","price":1,"count":1e3}`, []string{"count is of type number, and the tracking plan wants integer"}},
		"an array and an object": {"Bought", `{"item":[],"price":{}}`, []string{"item is of type array, and the tracking plan wants string", "price is of type object, and the tracking plan wants number"}},
		"not there":              {"Bought", `{"item":"tea"}`, []string{"the tracking plan requires the property price"}},
		"null":                   {"Bought", `{"item":null,"price":1}`, []string{"item is of type null, and the tracking plan wants string"}},
		"null, as planned":       {"Returned", `{"reason":null,"any":1}`, nil},
		"null, of no type":       {"Returned", `{"reason":"late","any":null}`, []string{"the tracking plan requires the property any"}},
		"no properties":          {"Bought", "", []string{"the tracking plan requires the property item", "the tracking plan requires the property price"}},
		"misspelt":               {"Bought", `{"itemm":"tea","item":"tea","price":1}`, []string{"the tracking plan has no property itemm (did you mean item?)"}},
		"unknown":                {"Closed", `{"mood":"good"}`, []string{"the tracking plan has no property mood"}},
		"further properties":     {"Opened", `{"mood":"good"}`, nil},
		"the library's own":      {"Closed", `{"$browser":"x","mp_lib":"y","time":5}`, nil},
		"an unknown event":       {"Sold", "", []string{"the tracking plan has no event of that name"}},
		"Mixpanel's event":       {"$mp_web_page_view", `{"a":1}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newPlannedBrowser(t, plan)
			o := b.track(c.event, c.properties)
			var got []string
			for _, w := range o.Warnings {
				require.Equal(t, identity.PlanViolated, w.Code)
				got = append(got, w.What)
			}
			var want []string
			for _, what := range c.want {
				want = append(want, "track("+c.event+"): "+what+".")
			}
			assert.Equal(t, want, got)
			assert.Len(t, o.Messages, 1, "the event is recorded all the same")
		})
	}
}

func TestPlanKnowsSuperProperties(t *testing.T) {
	b := newPlannedBrowser(t, plan)
	b.Register(b.nextCall(), `{"price":5}`)
	assert.Empty(t, b.track("Bought", `{"item":"tea"}`).Warnings)
}

func TestMisspeltEventOfThePlan(t *testing.T) {
	b := newPlannedBrowser(t, plan)
	warnings := b.track("Boughtt", "").Warnings
	require.Len(t, warnings, 1)
	assert.Equal(t, "track(Boughtt): the tracking plan has no event of that name (did you mean Bought?).", warnings[0].What)
}

func TestPlansThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "7", `"x"`, "{}", `{"events":[]}`, `{"events":{}}`, `{"events":7}`, `{"events":{"a":{}}`} {
		_, ok := identity.PlanEvents(text)
		assert.False(t, ok, text)
	}
}

// Whatever a plan contains, tracking goes on.
func FuzzPlan(f *testing.F) {
	for _, description := range []string{"{}", "null", "7", `{"properties":7,"required":7}`, `{"properties":{"a":7}}`, `{"properties":{"a":{"type":{}}},"required":[7]}`, `{"required":["a","a"]}`} {
		f.Add(description, `{"a":1}`)
	}
	f.Fuzz(func(t *testing.T, description, properties string) {
		events, ok := identity.PlanEvents(`{"events":{"Bought":` + description + `}}`)
		if !ok {
			return
		}
		v := identity.NewVisitor(identity.Config{Plan: events}, identity.NewRecord(device))
		o := v.Track(identity.Call{TimeMS: 1, InsertID: "i"}, `"Bought"`, identity.Value(properties))
		require.Len(t, o.Messages, 1)
		require.True(t, json.Valid([]byte(o.Messages[0].JSON())))
	})
}
