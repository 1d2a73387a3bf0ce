package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

func (h *harness) profile(groupKey string, subjects ...string) string {
	h.t.Helper()
	profile, err := h.ProfileOf(h.t.Context(), "t", groupKey, subjects)
	require.NoError(h.t, err)
	text, err := json.Marshal(profile)
	require.NoError(h.t, err)
	return string(text)
}

// The updates of a profile are applied in the order in which they were acknowledged, and a person's and a group's profile are two.
func testProfiles(t *testing.T, kind Kind) {
	both := stores(t, kind)
	assert.Equal(t, `{}`, both[0].profile("", "jane"))
	for i := range 20 {
		both[i%2].update(event.Update{Subject: "jane", Operations: fmt.Sprintf(`{"$set":{"last":%d},"$append":{"all":%d}}`, i, i)},
			event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$add":{"n":1}}`})
	}
	for _, h := range both {
		assert.JSONEq(t, `{"last":19,"all":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]}`, h.profile("", "jane"))
		assert.JSONEq(t, `{"n":20}`, h.profile("company", "jane"))
		assert.JSONEq(t, `{}`, h.profile("team", "jane"))
	}
}

// Thousands of updates of one profile, from several clients at once, do what they say, whether they are summarized meanwhile or not.
func testProfilesAreSummarized(t *testing.T, kind Kind) {
	const clients, rounds, size = 4, 10, 100
	both := stores(t, kind)
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for round := range rounds {
				var updates []event.Update
				for i := range size {
					n := client*rounds*size + round*size + i
					updates = append(updates, event.Update{Token: "t", Subject: "jane", Operations: fmt.Sprintf(`{"$union":{"list":[%d]},"$add":{"n":1}}`, n)})
				}
				assert.NoError(t, both[client%2].Store.Store(t.Context(), event.Batch{Updates: updates}))
			}
		})
	}
	group.Wait()
	check := func(h *harness) {
		var profile struct {
			N    int
			List []int
		}
		require.NoError(t, json.Unmarshal([]byte(h.profile("", "jane")), &profile))
		assert.Equal(t, clients*rounds*size, profile.N)
		assert.Len(t, profile.List, clients*rounds*size)
	}
	for _, h := range both {
		check(h)
	}
	both[0].close()
	both[0].reopen()
	check(both[0])
}

// A person's profile is made of the updates of all ids in the order in which they came, whether some of them are summarized or not.
func testProfileOfSeveralIDs(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	for range 200 {
		h.update(event.Update{Subject: "$device:1", Operations: `{"$add":{"n":1},"$set_once":{"first":"device"}}`})
	}
	h.update(event.Update{Subject: "jane", Operations: `{"$add":{"n":1000},"$set":{"plan":"free"},"$set_once":{"first":"jane"}}`})
	for range 200 {
		h.update(event.Update{Subject: "jane", Operations: `{"$add":{"n":1},"$set_once":{"first":"later"}}`})
	}
	h.update(event.Update{Subject: "$device:1", Operations: `{"$set":{"plan":"paid"}}`})
	assert.JSONEq(t, `{"n":1400,"first":"device","plan":"paid"}`, h.profile("", "$device:1", "jane"))
}

// $delete forgets what is stored of the profile, under all ids of the person, and nothing that comes after it.
func testDeleteForgets(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	h.send(newClaim("jane", "$device:1", "1"))
	h.update(event.Update{Subject: "$device:1", Operations: `{"$set":{"a":1}}`}, event.Update{Subject: "jane", Operations: `{"$set":{"b":1}}`},
		event.Update{Subject: "bob", Operations: `{"$set":{"c":1}}`}, event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$set":{"d":1}}`})
	h.update(event.Update{Subject: "jane", Operations: `{"$set":{"e":1}}`}, event.Update{Subject: "jane", Operations: `{"$delete":""}`, Deletes: true},
		event.Update{Subject: "jane", Operations: `{"$set":{"f":1}}`})
	assert.Equal(t, `{"f":1}`, h.profile("", "$device:1", "jane"))
	eventually(t, func() bool { return h.profile("", "$device:1") == `{}` }, "what the person's other ids had goes by and by")
	assert.Equal(t, `{"c":1}`, h.profile("", "bob"))
	assert.Equal(t, `{"d":1}`, h.profile("company", "jane"))
	h.update(event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$delete":"","$set":{"e":1}}`, Deletes: true})
	assert.Equal(t, `{"e":1}`, h.profile("company", "jane"))
	assert.Equal(t, `{"f":1}`, h.profile("", "$device:1", "jane"))
}

// What a $delete forgets is forgotten however many updates follow at once, of any of the person's ids, and also if the store is closed before it
// was.
func testDeleteUnderLoad(t *testing.T, kind Kind) {
	for name, follow := range map[string]string{"the same id": "jane", "another id": "$device:1"} {
		for _, updates := range []int{32, 65, 320} {
			t.Run(fmt.Sprint(name, ", ", updates), func(t *testing.T) {
				h := newHarness(t, kind)
				h.send(newClaim("jane", "$device:1", "1"))
				batch := []event.Update{{Subject: "$device:1", Operations: `{"$set":{"old":"secret"}}`}, {Subject: "jane", Operations: `{"$set":{"older":"secret"}}`}}
				batch = append(batch, event.Update{Subject: "jane", Operations: `{"$delete":""}`, Deletes: true})
				for range updates {
					batch = append(batch, event.Update{Subject: follow, Operations: `{"$add":{"n":1},"$set":{"new":1}}`})
				}
				h.update(batch...)
				want := fmt.Sprintf(`{"n":%d,"new":1}`, updates)
				assert.JSONEq(t, want, h.profile("", "$device:1", "jane"))
				h.close()
				h.reopen()
				alone := `{}`
				if follow == "$device:1" {
					alone = want
				}
				eventually(t, func() bool { return sameJSON(alone, h.profile("", "$device:1")) }, "the secret is gone")
				assert.JSONEq(t, want, h.profile("", "$device:1", "jane"))
			})
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
}
