package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

// Limits the allocations of each call, for a visitor as on a real page, to the current number. Raise one only if it is worth it.
func TestAllocationsOfACall(t *testing.T) {
	type visitor = identity.Visitor
	at := identity.Call{TimeMS: 1763922000123, InsertID: device}
	_, _, own := typicalVisitor(t)
	nothing := func(*visitor) {}
	jane := func(v *visitor) { v.Alias(at, `"jane@example.com"`, "") }
	timed := func(v *visitor) { v.TimeEvent(at, `"Item Viewed"`) }
	out := func(v *visitor) { v.OptOut(at) }
	for name, c := range map[string]struct {
		before, call func(v *visitor)
		most         float64
	}{
		"track":                          {nothing, func(v *visitor) { v.Track(at, `"Item Viewed"`, own) }, 2},
		"track, nothing of its own":      {nothing, func(v *visitor) { v.Track(at, `"Item Viewed"`, "") }, 2},
		"track, overriding":              {nothing, func(v *visitor) { v.Track(at, `"Item Viewed"`, `{"plan":"free","price":5}`) }, 5},
		"track, timed":                   {timed, func(v *visitor) { v.Track(at, `"Item Viewed"`, "") }, 5},
		"track, after a change":          {func(v *visitor) { v.Register(at, `{"seats":6}`) }, func(v *visitor) { v.Track(at, `"Item Viewed"`, "") }, 7},
		"track, opted out":               {out, func(v *visitor) { v.Track(at, `"Item Viewed"`, "") }, 4},
		"alias":                          {nothing, jane, 6},
		"alias, again":                   {jane, jane, 4},
		"alias, acknowledged":            {jane, func(v *visitor) { v.AcknowledgeAlias(device, 0) }, 1},
		"alias, taken":                   {jane, func(v *visitor) { v.HandleTakenAlias(at, "jane@example.com", v.DistinctID()) }, 16},
		"identify":                       {nothing, func(v *visitor) { v.Identify(at, `"omar"`) }, 11},
		"identify, as the alias":         {jane, func(v *visitor) { v.Identify(at, `"jane@example.com"`) }, 11},
		"identify, as before":            {func(v *visitor) { v.Identify(at, `"omar"`) }, func(v *visitor) { v.Identify(at, `"omar"`) }, 0},
		"identify, unusable":             {nothing, func(v *visitor) { v.Identify(at, `"undefined"`) }, 4},
		"reset":                          {nothing, func(v *visitor) { v.Reset(at, otherDevice) }, 2},
		"register":                       {nothing, func(v *visitor) { v.Register(at, `{"plan":"free","city":"Oslo"}`) }, 2},
		"register, what is there":        {nothing, func(v *visitor) { v.Register(at, `{"plan":"pro"}`) }, 1},
		"register_once":                  {nothing, func(v *visitor) { v.RegisterOnce(at, `{"plan":"free","city":"Oslo"}`, "") }, 2},
		"unregister":                     {nothing, func(v *visitor) { v.Unregister(at, `"plan"`) }, 3}, // with the note that it was removed
		"unregister, what is not there":  {nothing, func(v *visitor) { v.Unregister(at, `"city"`) }, 0},
		"time_event":                     {nothing, timed, 2},
		"opt_out_tracking":               {nothing, out, 0},
		"opt_in_tracking":                {out, func(v *visitor) { v.OptIn(at) }, 0},
		"has_opted_out_tracking":         {nothing, func(v *visitor) { v.OptedOut() }, 0},
		"get_distinct_id":                {nothing, func(v *visitor) { v.DistinctID() }, 0},
		"get_property":                   {nothing, func(v *visitor) { v.Property("plan") }, 0},
		"get_property, of the visitor's": {nothing, func(v *visitor) { v.Property("distinct_id") }, 1},
		"record":                         {nothing, func(v *visitor) { v.Record() }, 1},
		"record as JSON":                 {nothing, func(v *visitor) { v.Record().AppendJSON(nil) }, 7},
	} {
		t.Run(name, func(t *testing.T) {
			const runs = 20
			visitors := make([]*visitor, 1+runs) // AllocsPerRun calls once more than it counts.
			for i := range visitors {
				visitors[i], _, _ = typicalVisitor(t)
				visitors[i].Track(at, `"Item Viewed"`, "")
				c.before(visitors[i])
			}
			allocs := testing.AllocsPerRun(runs, func() {
				c.call(visitors[0])
				visitors = visitors[1:]
			})
			assert.LessOrEqual(t, allocs, c.most)
		})
	}
}
