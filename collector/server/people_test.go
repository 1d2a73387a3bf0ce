package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// However they arrive, events and aliases end in the same persons.
func TestAliasesInAnyOrder(t *testing.T) {
	records := []string{
		tracked("before", "$device:1", "e1", 1),
		alias("jane@example.com", "$device:1", "a1", 2),
		tracked("after", "$device:1", "e2", 3),
		tracked("elsewhere", "jane@example.com", "e3", 4),
		alias("customer-7", "jane@example.com", "a2", 5),
		tracked("at the till", "customer-7", "e4", 6),
	}
	orders := map[string][]int{
		"as it happened": {0, 1, 2, 3, 4, 5}, "backwards": {5, 4, 3, 2, 1, 0}, "aliases first": {4, 1, 0, 2, 3, 5},
		"aliases last": {0, 2, 3, 5, 1, 4}, "aliases last, the later first": {5, 3, 2, 0, 4, 1}, "twice": {1, 0, 1, 3, 4, 5, 2, 4, 1, 0},
	}
	for name, order := range orders {
		for _, restart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				p := plan{db: t.TempDir() + "/events.db"}
				h := open(t, p)
				for _, i := range order {
					h.send(records[i])
				}
				if restart {
					h.stop()
					h = open(t, p)
				}
				shown := h.events("")
				require.Len(t, shown, len(records))
				for _, e := range shown {
					assert.Equal(t, "$device:1", e.Person, e.Event)
				}
				for _, id := range []string{"$device:1", "jane@example.com", "customer-7"} {
					person := h.person(id)
					assert.Equal(t, "$device:1", person.Person)
					assert.ElementsMatch(t, []string{"$device:1", "jane@example.com", "customer-7"}, person.ids())
					assert.Equal(t, len(records), person.Events)
					assert.Empty(t, person.Conflicts)
				}
			})
		}
	}
}

// Two devices claim the same alias: the earlier claim by its own time holds, whichever came first; the other is told, and shown.
func TestAliasTaken(t *testing.T) {
	first, second := alias("jane", "$device:1", "a1", 10), alias("jane", "$device:2", "a2", 20)
	type taken struct {
		Taken []struct {
			Alias, Owner string
			DistinctID   string `json:"distinct_id"`
			InsertID     string `json:"insert_id"`
		} `json:"alias_taken"`
		Status int
	}
	ask := func(h *house, path, body string) (a taken) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(h.do(http.MethodPost, path, body).body), &a))
		return a
	}
	check := func(t *testing.T, h *house) {
		t.Helper()
		assert.Equal(t, "$device:1", h.person("jane").Person)
		assert.Equal(t, "$device:2", h.person("$device:2").Person)
		for _, id := range []string{"jane", "$device:2"} {
			conflicts := h.person(id).Conflicts
			require.Len(t, conflicts, 1, id)
			assert.Equal(t, "jane", conflicts[0].Alias)
			assert.Equal(t, "$device:2", conflicts[0].DistinctID)
			assert.Equal(t, "$device:1", conflicts[0].Owner)
			assert.NotEmpty(t, conflicts[0].Reason)
		}
	}
	for name, claims := range map[string][]string{"in order": {first, second}, "the later first": {second, first}} {
		t.Run(name, func(t *testing.T) {
			h := open(t, plan{})
			for _, claim := range claims {
				ask(h, "/track?verbose=1", claim)
			}
			check(t, h)
			for range 2 { // A repeated request deserves the same answer.
				a := ask(h, "/track?verbose=1", "["+second+"]")
				assert.Equal(t, 1, a.Status)
				require.Len(t, a.Taken, 1)
				assert.Equal(t, "jane", a.Taken[0].Alias)
				assert.Equal(t, "$device:1", a.Taken[0].Owner)
				assert.Equal(t, "$device:2", a.Taken[0].DistinctID)
				assert.Equal(t, "a2", a.Taken[0].InsertID)
			}
			assert.Empty(t, ask(h, "/track?verbose=1", first).Taken, "the owner is not told of others")
			assert.Equal(t, "1", h.do(http.MethodPost, "/track", second).body, "an answer that has no room for it says that the event is stored")
			check(t, h)
			assert.Len(t, h.events(""), 2)
		})
	}
}

func TestAliasesAreOfOneProject(t *testing.T) {
	h := open(t, plan{})
	h.send(alias("jane", "$device:1", "a", 1))
	var other shownPerson
	h.get("/api/person?token=other&distinct_id=jane", &other)
	assert.Equal(t, "jane", other.Person)
	assert.Equal(t, []string{"jane"}, other.ids())
	assert.Zero(t, other.Events)
}

// A profile is told to any of a person's ids, and is one.
func TestProfileOfAllIDs(t *testing.T) {
	h := open(t, plan{})
	for _, update := range []string{
		`{"$token":"t","$distinct_id":"$device:1","$set":{"name":"Jane","plan":"free"},"$set_once":{"first":1}}`,
		`{"$token":"t","$distinct_id":"jane","$set":{"plan":"paid"},"$set_once":{"first":2},"$add":{"visits":2},"$append":{"tags":"a"}}`,
		`{"$token":"t","$distinct_id":"jane","$add":{"visits":3},"$union":{"tags":["a","b"]},"$unset":["name"]}`,
		`{"$token":"t","$distinct_id":"john","$set":{"plan":"none"}}`,
	} {
		require.Equal(t, "1", h.do(http.MethodPost, "/engage", update).body)
	}
	h.send(alias("jane", "$device:1", "a", 1))
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

// Ids that are awkward to say in SQL, JSON or an address are ids all the same.
func TestAwkwardIDs(t *testing.T) {
	h := open(t, plan{})
	ids := []string{"a\x00b", "a", `"`, `\`, "'; DROP TABLE events; --", "%", "_", "ünï", "UNÏ", " d ", "d", "1", "1.0", "01", "[1]", "{}", "</script>", "a\nb", "😀"}
	for i, id := range ids {
		h.send(slices.Repeat([]string{tracked("E", id, "i"+id, i)}, 2)...)
	}
	shown := h.events("")
	require.Len(t, shown, len(ids))
	for i, id := range ids {
		assert.Equal(t, id, shown[len(ids)-1-i].DistinctID)
		assert.Equal(t, 1, h.person(id).Events, "%q", id)
	}
}
