package identity_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

// Counts the steps and comparisons of adding a claim and of a Resolve after it. With twice as many ids, they may grow by a constant, as a
// logarithm does.
func TestEveryShapeTakesLogarithmicTime(t *testing.T) {
	cost := func(shape func(n int) []identity.Claim, n int) float64 {
		g, r := identity.NewGraph(), rand.New(rand.NewSource(1))
		comparisons, steps := g.CountComparisons(), 0
		all := shape(n)
		for i, c := range all {
			g.Add(c)
			met := all[r.Intn(i+1)].Alias
			steps += g.Steps(met)
			g.Resolve(met)
		}
		return float64(*comparisons+steps) / float64(n)
	}
	const doublings = 6
	for name, shape := range claimShapes {
		few, many := cost(shape, 1<<10), cost(shape, 1<<(10+doublings))
		assert.LessOrEqual(t, few, 50.0, name)
		assert.LessOrEqual(t, many, few+2*doublings, name)
	}
}

// After a claim has moved, all shortcuts have to be checked again.
func TestResolveRarelyAsksTheForest(t *testing.T) {
	const n = 1 << 15
	for name, shape := range claimShapes {
		g, r := identity.NewGraph(), rand.New(rand.NewSource(1))
		all := shape(n)
		for _, c := range all {
			g.Add(c)
		}
		comparisons := g.CountComparisons()
		for range make([]struct{}, n) {
			g.Resolve(all[r.Intn(n)].Alias)
		}
		assert.LessOrEqual(t, float64(*comparisons)/n, 2.0, name)
	}
}

func TestShortChainsNeedNoForest(t *testing.T) {
	g := identity.NewGraph()
	for i := range make([]struct{}, 30) {
		g.Add(claim(fmt.Sprint(i+1), fmt.Sprint(i), 9))
	}
	g.Add(claim("moves", "somebody", 9))
	g.Add(claim("moves", "0", 1))
	comparisons := g.CountComparisons()
	assert.Equal(t, "0", g.Resolve("30"))
	assert.Zero(t, *comparisons)
}

func TestNodeFitsIntoACacheLine(t *testing.T) {
	assert.LessOrEqual(t, identity.NodeBytes, 64)
}

// BenchmarkResolve resolves every id of a graph that is small enough to count instructions (js/bench/parts/instructions.mjs).
func BenchmarkResolve(b *testing.B) {
	const n = 20_000
	for name, shape := range claimShapes {
		b.Run(name, func(b *testing.B) {
			g := identity.NewGraph()
			all := shape(n)
			for _, c := range all {
				g.Add(c)
			}
			order := rand.New(rand.NewSource(1)).Perm(n)
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				g.Resolve(all[order[i%n]].Alias)
			}
		})
	}
}

// A graph allocates memory for thousands of new ids at once.
func TestAllocationsOfTheGraph(t *testing.T) {
	var g *identity.Graph
	names := make([]string, 5_000)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	to := func(i, to int, seq int64) identity.Claim {
		return identity.Claim{Alias: names[i], DistinctID: names[to], Seq: seq, InsertID: "call"}
	}
	for name, c := range map[string]struct {
		call func(i int)
		most float64
	}{
		"add, new ids":                 {func(i int) { g.Add(to(2_000+i, 4_000, 5)) }, 0},
		"add, again":                   {func(i int) { g.Add(to(1_000+i, i, 5)) }, 0},
		"add, earlier":                 {func(i int) { g.Add(to(1_000+i, i, 4)) }, 0},
		"add, taken":                   {func(i int) { g.Add(to(1_000+i, 4_000, 6)) }, 2},
		"add, taking it away":          {func(i int) { g.Add(to(1_000+i, 4_000, 1)) }, 2},
		"add, a circle":                {func(i int) { g.Add(to(i, 1_000+i, 6)) }, 1},
		"add, itself":                  {func(i int) { g.Add(to(i, i, 6)) }, 1},
		"resolve":                      {func(i int) { g.Resolve(names[1_000+i]) }, 0},
		"resolve, what nobody claimed": {func(i int) { g.Resolve(names[4_500]) }, 0},
		"owner":                        {func(i int) { g.Owner(names[1_000+i]) }, 0},
		"person":                       {func(i int) { g.Person(names[1_000+i]) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			g = identity.NewGraph()
			for i := range names[:1_000] {
				g.Add(to(1_000+i, i, 5))
			}
			i := -1
			assert.LessOrEqual(t, testing.AllocsPerRun(900, func() {
				i++
				c.call(i)
			}), c.most)
		})
	}
}
