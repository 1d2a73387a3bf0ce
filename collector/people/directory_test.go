package people_test

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

// claim returns the claim that was accepted as number seq; its client's clock says the opposite order.
func claim(token, alias, distinctID string, seq int64) event.Claim {
	return event.Claim{Token: token, Claim: identity.Claim{
		Alias: alias, DistinctID: distinctID, Seq: seq, TimeMS: 10_000 - seq, InsertID: alias + distinctID,
	}}
}

func TestDirectory(t *testing.T) {
	d := people.NewDirectory()
	assert.Equal(t, "x", d.Resolve("t", "x"))
	assert.Equal(t, "x", d.Person("t", "x").Original)
	assert.Zero(t, d.Moves("t"))

	d.Add()
	d.Add(claim("t", "jane", "1", 2), claim("u", "jane", "2", 2))
	assert.Equal(t, "1", d.Resolve("t", "jane"))
	assert.Equal(t, "2", d.Resolve("u", "jane"))
	assert.Equal(t, "jane", d.Resolve("v", "jane"))
	moves := d.Moves("t")
	assert.NotZero(t, moves)

	d.Add(claim("t", "jane", "1", 2), claim("t", "jane", "3", 9))
	assert.Equal(t, moves, d.Moves("t"), "a repetition and a lost conflict move nobody")
	assert.Len(t, d.Person("t", "jane").Conflicts, 1)
	d.Add(claim("t", "jane", "4", 1))
	assert.Greater(t, d.Moves("t"), moves)
	assert.Equal(t, "4", d.Resolve("t", "jane"), "the claim that was accepted first wins, though it is fed last")
	assert.Zero(t, d.Moves("v"))
}

// Resolving ids while claims are added does not change the result.
func TestDirectoryConcurrently(t *testing.T) {
	var claims []event.Claim
	for _, seq := range rand.Perm(400) {
		claims = append(claims, claim("t", fmt.Sprint("a", rand.IntN(100)), fmt.Sprint("a", rand.IntN(100)), int64(seq)))
	}
	want := people.NewDirectory()
	want.Add(claims...)
	got := people.NewDirectory()
	var group sync.WaitGroup
	for k := range 4 {
		group.Go(func() {
			for i := k; i < len(claims); i += 4 {
				got.Add(claims[i])
				moves := got.Moves("t")
				person := got.Resolve("t", claims[i].Alias)
				if got.Person("t", claims[i].Alias).Original != person {
					assert.NotEqual(t, moves, got.Moves("t"), "whoever has another person was moved")
				}
			}
		})
	}
	group.Wait()
	for i := range 100 {
		id := fmt.Sprint("a", i)
		require.Equal(t, want.Resolve("t", id), got.Resolve("t", id))
		require.Equal(t, want.Person("t", id), got.Person("t", id))
	}
}
