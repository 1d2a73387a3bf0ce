package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Events and aliases lead to the same persons in whatever order they arrive.
func TestAliasesInAnyOrder(t *testing.T) {
	records := []string{
		eventJSON("before", "$device:1", "e1", 1),
		aliasJSON("jane@example.com", "$device:1", "a1", 2),
		eventJSON("after", "$device:1", "e2", 3),
		eventJSON("elsewhere", "jane@example.com", "e3", 4),
		aliasJSON("customer-7", "jane@example.com", "a2", 5),
		eventJSON("at the till", "customer-7", "e4", 6),
	}
	orders := map[string][]int{
		"as it happened": {0, 1, 2, 3, 4, 5}, "backwards": {5, 4, 3, 2, 1, 0}, "aliases first": {4, 1, 0, 2, 3, 5},
		"aliases last": {0, 2, 3, 5, 1, 4}, "aliases last, the later first": {5, 3, 2, 0, 4, 1}, "twice": {1, 0, 1, 3, 4, 5, 2, 4, 1, 0},
	}
	for name, order := range orders {
		for _, restart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				p := options{db: newDatabase(t)}
				h := startCollector(t, p)
				for _, i := range order {
					h.send(records[i])
				}
				if restart {
					h.stop()
					h = startCollector(t, p)
				}
				shown := h.events("")
				require.Len(t, shown, len(records))
				for _, e := range shown {
					assert.Equal(t, "$device:1", e.Person, e.Event)
				}
				for _, id := range []string{"$device:1", "jane@example.com", "customer-7"} {
					person := h.person(id)
					assert.Equal(t, "$device:1", person.Person)
					assert.ElementsMatch(t, []string{"$device:1", "jane@example.com", "customer-7"}, person.distinctIDs())
					assert.Equal(t, len(records), person.Events)
					assert.Empty(t, person.Conflicts)
				}
			})
		}
	}
}

type takenResponse struct {
	Taken []struct {
		Alias      string
		DistinctID string `json:"distinct_id"`
		InsertID   string `json:"insert_id"`
	} `json:"alias_taken"`
	Status int
}

func (h *testCollector) sendClaim(record string) (a takenResponse) {
	h.t.Helper()
	answer := h.do(http.MethodPost, "/track?verbose=1", "["+record+"]")
	require.NoError(h.t, json.Unmarshal([]byte(answer.body), &a), answer.body)
	assert.NotContains(h.t, answer.body, "owner", "it is nobody's business who that is")
	return a
}

// Two devices claim the same alias. The claim that was accepted first holds, whatever the devices' clocks say and however often each claim
// is repeated; the other device is told, and the conflict is shown. A restart and the choice of endpoint change nothing.
func TestAliasTaken(t *testing.T) {
	const hour = 3600
	forged := func(time string) string {
		return `{"event":"$create_alias","properties":{"token":"t","distinct_id":"$device:2","alias":"jane","$insert_id":"a2","time":` + time + `}}`
	}
	for name, second := range map[string]string{
		"in order":                            aliasJSON("jane", "$device:2", "a2", 20),
		"at the same time, a smaller name":    aliasJSON("jane", "$device:2", "a2", 10),
		"a clock that is an hour slow":        aliasJSON("jane", "$device:2", "a2", 10-hour),
		"a forged time: years ago":            forged("946684800"),
		"a forged time in ISO 8601":           forged(`"2000-01-01"`),
		"no time: the collector's own counts": forged("null"),
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", restart ", restart), func(t *testing.T) {
				p := options{db: newDatabase(t)}
				h := startCollector(t, p)
				again := func() {
					if restart {
						h.stop()
						h = startCollector(t, p)
					}
				}
				first := aliasJSON("jane", "$device:1", "b1", 10)
				h.send(eventJSON("before", "$device:1", "e1", 1))
				assert.Empty(t, h.sendClaim(first).Taken)
				again()
				for range 2 { // A repeated request gets the same response.
					a := h.sendClaim(second)
					assert.Equal(t, 1, a.Status)
					require.Len(t, a.Taken, 1)
					assert.Equal(t, "jane", a.Taken[0].Alias)
					assert.Equal(t, "$device:2", a.Taken[0].DistinctID)
					assert.Equal(t, "a2", a.Taken[0].InsertID)
					assert.Empty(t, h.sendClaim(first).Taken, "what the owner was told stays true")
					again()
				}
				assert.Equal(t, "1", h.do(http.MethodPost, "/track", second).body, "an answer that has no room for it says that the event is stored")
				assert.Equal(t, "$device:1", h.person("jane").Person)
				assert.Equal(t, "$device:2", h.person("$device:2").Person)
				for _, id := range []string{"jane", "$device:2"} {
					conflicts := h.person(id).Conflicts
					require.Len(t, conflicts, 1, id)
					lost := conflicts[0]
					assert.Equal(t, []string{"jane", "$device:2", "$device:1", "taken"}, []string{lost.Alias, lost.DistinctID, lost.Owner, lost.Reason})
					assert.Equal(t, "$device:1", lost.Holder.DistinctID)
					assert.Less(t, lost.Holder.Seq, lost.Seq, "the order in which they were accepted is told")
				}
				assert.Equal(t, h.person("jane").Conflicts[0].Holder.Seq, h.person("jane").IDs[1].Seq)
				assert.Len(t, h.events(""), 3)
			})
		}
	}
}

// Imported claims count from when they are accepted, like all others: a claim of long ago takes no alias from anybody, and holds against
// later ones.
func TestImportedClaimsCountLikeOthers(t *testing.T) {
	h := startCollector(t, options{})
	imported := func(record string) {
		a := h.do(http.MethodPost, "/import", record, "Authorization", basicAuthHeader("t", ""))
		require.Equal(t, http.StatusOK, a.StatusCode, a.body)
	}
	h.sendClaim(aliasJSON("jane", "$device:1", "a1", 1000))
	imported(aliasJSON("jane", "$device:2", "a2", -1_000_000))
	assert.Equal(t, "$device:1", h.person("jane").Person)
	imported(aliasJSON("john", "$device:3", "a3", 2000))
	assert.Len(t, h.sendClaim(aliasJSON("john", "$device:4", "a4", 0)).Taken, 1)
	assert.Equal(t, "$device:3", h.person("john").Person)
}

// A repeated claim keeps the Seq of the first, and one that lost stays lost.
func TestRepeatedClaimKeepsItsSeq(t *testing.T) {
	p := options{db: newDatabase(t)}
	h := startCollector(t, p)
	for i, device := range []string{"$device:1", "$device:2", "$device:1", "$device:2"} {
		h.sendClaim(aliasJSON("jane", device, fmt.Sprint("a", i), 100-i))
	}
	before := h.person("jane")
	assert.Equal(t, "$device:1", before.Person)
	require.Len(t, before.Conflicts, 1)
	assert.Equal(t, []int64{1, 2}, []int64{before.Conflicts[0].Holder.Seq, before.Conflicts[0].Seq})
	h.stop()
	assert.Equal(t, before, startCollector(t, p).person("jane"))
}

// Within one request, the order of its records decides.
func TestClaimsOfOneRequest(t *testing.T) {
	h := startCollector(t, options{})
	a := h.sendClaim(aliasJSON("jane", "$device:1", "z", 20) + "," + aliasJSON("jane", "$device:2", "a", 10))
	require.Len(t, a.Taken, 1)
	assert.Equal(t, "$device:2", a.Taken[0].DistinctID)
	assert.Equal(t, "$device:1", h.person("jane").Person)
}

func TestAliasesBelongToOneProject(t *testing.T) {
	h := startCollector(t, options{})
	h.send(aliasJSON("jane", "$device:1", "a", 1))
	var other shownPerson
	h.get("/api/person?token=other&distinct_id=jane", &other)
	assert.Equal(t, "jane", other.Person)
	assert.Equal(t, []string{"jane"}, other.distinctIDs())
	assert.Zero(t, other.Events)
}

// Updates to any of a person's ids change the same profile.
func TestProfileOfAllIDs(t *testing.T) {
	h := startCollector(t, options{})
	for _, update := range []string{
		`{"$token":"t","$distinct_id":"$device:1","$set":{"name":"Jane","plan":"free"},"$set_once":{"first":1}}`,
		`{"$token":"t","$distinct_id":"jane","$set":{"plan":"paid"},"$set_once":{"first":2},"$add":{"visits":2},"$append":{"tags":"a"}}`,
		`{"$token":"t","$distinct_id":"jane","$add":{"visits":3},"$union":{"tags":["a","b"]},"$unset":["name"]}`,
		`{"$token":"t","$distinct_id":"john","$set":{"plan":"none"}}`,
	} {
		require.Equal(t, "1", h.do(http.MethodPost, "/engage", update).body)
	}
	h.send(aliasJSON("jane", "$device:1", "a", 1))
	want := `{"plan":"paid","first":1,"visits":5,"tags":["a","b"]}`
	for _, id := range []string{"jane", "$device:1"} {
		got, err := json.Marshal(h.person(id).Profile)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got), id)
	}
	require.Equal(t, "1", h.do(http.MethodPost, "/groups/", `[{"$token":"t","$group_key":"company","$group_id":"acme","$set":{"size":3}}]`).body)
	var group struct{ Profile map[string]int }
	h.get("/api/group?token=t&group_key=company&group_id=acme", &group)
	assert.Equal(t, map[string]int{"size": 3}, group.Profile)
	assert.Empty(t, h.person("acme").Profile, "a group is nobody")
}

// Ids that need escaping in SQL, JSON or an address work like all others.
func TestIDsThatNeedEscaping(t *testing.T) {
	h := startCollector(t, options{})
	ids := []string{"a", `"`, `\`, "'; DROP TABLE events; --", "%", "_", "ünï", "UNÏ", " d ", "d", "1", "1.0", "01", "[1]", "{1}", "</script>", "undefined?", "😀"}
	for i, id := range ids {
		h.send(slices.Repeat([]string{eventJSON("E", id, "i"+id, i)}, 2)...)
	}
	shown := h.events("")
	require.Len(t, shown, len(ids))
	for i, id := range ids {
		assert.Equal(t, id, shown[len(ids)-1-i].DistinctID)
		assert.Equal(t, 1, h.person(id).Events, "%q", id)
	}
}

// Broken front ends send the same placeholder for every visitor. These visitors do not become one person.
func TestPlaceholderIDsAreNoPerson(t *testing.T) {
	h := startCollector(t, options{})
	for i, id := range []string{"undefined", "undefined", "null", "a\x00b", "", "[object Object]"} {
		h.send(slices.Repeat([]string{eventJSON("E", id, fmt.Sprint("i", i), i)}, 2)...)
	}
	shown := h.events("")
	require.Len(t, shown, 6)
	persons := map[string]bool{}
	for _, e := range shown {
		persons[e.Person] = true
	}
	assert.Len(t, persons, 6)
	assert.Zero(t, h.person("undefined").Events)
}

// Whoever guesses two ids learns nothing of whether they are one person: a claim that does not hold is answered alike.
func TestAliasAnswersTellNoPairs(t *testing.T) {
	h := startCollector(t, options{})
	h.sendClaim(aliasJSON("jane@example.com", "$device:1", "a1", 0))
	h.sendClaim(aliasJSON("customer-7", "$device:1", "a2", 0))
	h.sendClaim(aliasJSON("customer-8", "$device:2", "a3", 0))
	of := func(alias, distinctID string) int {
		return len(h.sendClaim(aliasJSON(alias, distinctID, alias+distinctID, 0)).Taken)
	}
	assert.Equal(t, 1, of("customer-7", "jane@example.com"), "both hers")
	assert.Equal(t, 1, of("customer-8", "jane@example.com"))
	assert.Equal(t, 1, of("customer-8", "nobody"))
	assert.Zero(t, of("customer-7", "$device:1"), "a repeated call of the visitor's own")
	assert.Zero(t, of("customer-9", "$device:1"))
}
