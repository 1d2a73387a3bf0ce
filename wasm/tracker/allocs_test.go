package tracker

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

// TestAllocationsOfACall limits what a call from the page may allocate in Go, and what the end of its task may. The limits are today's
// numbers, so that one more allocation fails. Each call is the first of its task.
func TestAllocationsOfACall(t *testing.T) {
	const none = MethodOpen // A method that a tracker ignores.
	for name, c := range map[string]struct {
		method       Method
		args         string
		before       Method
		call, commit float64
	}{
		"track":                  {MethodTrack, `["Item Viewed",{"n":1}]`, none, 2, 6},
		"track, opted out":       {MethodTrack, `["Item Viewed",{"n":1}]`, MethodOptOut, 6, 0},
		"alias":                  {MethodAlias, `["jane@example.com"]`, none, 12, 3},
		"identify":               {MethodIdentify, `["omar"]`, none, 9, 9},
		"reset":                  {MethodReset, `[]`, none, 4, 2},
		"register":               {MethodRegister, `[{"plan":"free","city":"Oslo"}]`, none, 3, 3},
		"register_once":          {MethodRegisterOnce, `[{"plan":"free","city":"Oslo"}]`, none, 3, 3},
		"unregister":             {MethodUnregister, `["plan"]`, none, 2, 3},
		"time_event":             {MethodTimeEvent, `["Item Viewed"]`, none, 2, 4},
		"get_distinct_id":        {MethodGetDistinctID, `[]`, none, 1, 0},
		"get_property":           {MethodGetProperty, `["plan"]`, none, 0, 0},
		"set_config":             {MethodConfigure, `[{"batch_size":10}]`, none, 16, 0},
		"opt_out_tracking":       {MethodOptOut, `[]`, none, 28, 3},
		"opt_in_tracking":        {MethodOptIn, `[]`, MethodOptOut, 0, 3},
		"has_opted_out_tracking": {MethodHasOptedOut, `[]`, none, 0, 0},
		"unknown":                {MethodNamed, `["tarck"]`, none, 7, 0},
		"people.set":             {MethodNamed, `["people.set","plan","pro"]`, none, 20, 5},
		"get_group.set":          {MethodNamed, `["get_group.set","company","acme",{"size":3}]`, none, 13, 8},
		"warn":                   {MethodWarn, `["not_ready","track"]`, none, 5, 0},
	} {
		t.Run(name, func(t *testing.T) {
			const runs = 20
			var trackers [1 + runs]*Tracker // AllocsPerRun calls once more than it counts.
			at := identity.Call{TimeMS: 1002, InsertID: "call"}
			for i := range trackers {
				trackers[i] = openNew(map[string]string{}, fmt.Sprint(i), 1000)
				trackers[i].Call(MethodRegister, at, `[{"plan":"pro"}]`)
				trackers[i].Call(MethodTrack, at, `["Item Viewed"]`)
				trackers[i].Call(c.before, at, `[]`)
				trackers[i].Commit(1001)
			}
			each := func(do func(*Tracker)) float64 {
				i := -1
				return testing.AllocsPerRun(runs, func() {
					i++
					do(trackers[i])
				})
			}
			assert.LessOrEqual(t, each(func(t *Tracker) { t.Call(c.method, at, c.args) }), c.call)
			assert.LessOrEqual(t, each(func(t *Tracker) { t.Commit(at.TimeMS) }), c.commit, "commit")
		})
	}
}
