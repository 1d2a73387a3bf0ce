package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity"
)

func (h *harness) resolve(token, id string) string {
	h.t.Helper()
	persons, err := h.people.Resolve(h.t.Context(), token, id)
	require.NoError(h.t, err)
	return persons.Of(id)
}

// person returns a whole person, page by page.
func (h *harness) person(token, id string, limit int) (whole identity.Person, pages int) {
	h.t.Helper()
	for after := ""; ; pages++ {
		page, err := h.people.Person(h.t.Context(), token, id, after, limit)
		require.NoError(h.t, err)
		require.LessOrEqual(h.t, len(page.IDs), limit)
		whole.Original = page.Original
		whole.IDs = append(whole.IDs, page.IDs...)
		whole.Conflicts = append(whole.Conflicts, page.Conflicts...)
		if after = page.Next; after == "" {
			return whole, pages + 1
		}
	}
}

// The first claim to an alias that was accepted holds, whatever the events' times say, for ever and at every store.
func testHolders(t *testing.T, kind Kind) {
	both := stores(t, kind)
	late, early := newClaim("jane", "$device:1", "1"), newClaim("jane", "$device:2", "2")
	late.SentMS, early.SentMS = 2000, 1000
	elsewhere := newClaim("jane", "$device:3", "3")
	elsewhere.Token = "u"
	both[0].send(late)
	both[1].send(early, elsewhere, newClaim("bob", "$device:4", "4"), newClaim("bob", "$device:5", "5"), newClaim("self", "self", "6"))
	for range 2 {
		for _, h := range both {
			holders, err := h.ReservedClaims().Holders(t.Context(), "t", []string{"jane", "bob", "self", "nobody"})
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"jane": "$device:1", "bob": "$device:4"}, holders)
			assert.Equal(t, "$device:1", h.resolve("t", "jane"))
			assert.Equal(t, "$device:3", h.resolve("u", "jane"))
			assert.Equal(t, "jane", h.resolve("v", "jane"))
			person, _ := h.person("t", "jane", 10)
			require.Len(t, person.Conflicts, 1)
			assert.Equal(t, "$device:2", person.Conflicts[0].DistinctID)
			assert.Equal(t, identity.ReasonTaken, person.Conflicts[0].Reason)
		}
		both[1].send(late, early)
		both[0].close()
		both[0].reopen()
	}
}

// Of many who claim an alias at the same time one gets it, and all learn of the same one.
func testContestedConcurrently(t *testing.T, kind Kind) {
	const clients, aliases = 8, 40
	both := stores(t, kind)
	held := make([]map[string]string, clients)
	var group sync.WaitGroup
	for client := range clients {
		held[client] = map[string]string{}
		group.Go(func() {
			h := both[client%2]
			for i := range aliases {
				alias := fmt.Sprint("alias ", i)
				claim := newClaim(alias, fmt.Sprint("d", client), fmt.Sprint(client, "-", i))
				assert.NoError(t, h.Store.Store(t.Context(), event.Batch{Events: []event.Event{claim}}))
				holders, err := h.ReservedClaims().Holders(t.Context(), "t", []string{alias})
				assert.NoError(t, err)
				held[client][alias] = holders[alias]
			}
		})
	}
	group.Wait()
	for _, one := range held {
		assert.Equal(t, held[0], one, "an answer once given stays true")
	}
}

// What is answered from the few claims that are read is what the graph of all claims says, for every id and however large the pages are.
func testPersonsEqualTheGraph(t *testing.T, kind Kind) {
	const names = 14
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		id := func() string { return string(rune('A' + r.IntN(names))) }
		both := stores(t, kind)
		sent := 0
		claim := func() event.Event {
			sent++
			return newClaim(id(), id(), fmt.Sprint(sent))
		}
		for range 40 {
			both[r.IntN(2)].send(claim(), claim())
		}
		whole := identity.NewGraph()
		for _, h := range both {
			for _, changes := range h.changed() {
				for _, c := range changes.Claims {
					whole.Add(c.Claim)
				}
			}
		}
		for _, h := range both {
			for letter := range names {
				name := string(rune('A' + letter))
				require.Equal(t, whole.Resolve(name), h.resolve("t", name), "seed %d", seed)
				want := whole.Person(name)
				got, _ := h.person("t", name, 100)
				require.Equal(t, want, got, "seed %d", seed)
				got, pages := h.person("t", name, 1+r.IntN(4))
				require.ElementsMatch(t, want.IDs, got.IDs, "seed %d", seed)
				require.Subset(t, got.Conflicts, want.Conflicts, "seed %d", seed)
				if pages == 1 {
					require.Equal(t, want, got)
				}
			}
		}
	}
}

// A person of many ids is answered in pages: a star of aliases, and a chain of them.
func testLargePersons(t *testing.T, kind Kind) {
	const ids = 2500
	h := newHarness(t, kind)
	for shape, target := range map[string]func(i int) string{
		"star":  func(int) string { return "0" },
		"chain": func(i int) string { return fmt.Sprint(i - 1) },
	} {
		var claims []event.Event
		for i := 1; i < ids; i++ {
			claim := newClaim(fmt.Sprint(i), target(i), fmt.Sprint(i))
			claim.Token = shape
			claims = append(claims, claim)
		}
		h.send(claims...)
		person, pages := h.person(shape, "1234", people.MaxPageIDs)
		assert.Equal(t, 3, pages)
		assert.Equal(t, "0", person.Original)
		listed := map[string]bool{}
		for _, m := range person.IDs {
			listed[m.DistinctID] = true
		}
		assert.Len(t, listed, ids)
		assert.Len(t, person.IDs, ids)
	}
}

// An id that many claimed has more conflicts than a page lists, and says so.
func testContestedID(t *testing.T, kind Kind) {
	h := newHarness(t, kind)
	claims := []event.Event{newClaim("jane", "owner", "0")}
	for i := range 3000 {
		claims = append(claims, newClaim("jane", fmt.Sprint("stranger ", i), fmt.Sprint(i+1)))
	}
	h.send(claims...)
	page, err := h.people.Person(t.Context(), "t", "jane", "", 10)
	require.NoError(t, err)
	assert.Equal(t, "owner", page.Original)
	assert.True(t, page.MoreConflicts)
	assert.Len(t, page.Conflicts, 1000)
	_, err = h.people.Person(t.Context(), "t", "jane", "stranger 5", 10)
	require.ErrorIs(t, err, event.ErrNotMember)
}
