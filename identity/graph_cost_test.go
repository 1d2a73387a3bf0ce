package identity_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

// TestNoShapeIsQuadratic counts what a claim and a look-up after it cost, in steps and comparisons: twice as many ids may add a little to
// it, as a logarithm does.
func TestNoShapeIsQuadratic(t *testing.T) {
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
	for name, shape := range shapes {
		few, many := cost(shape, 1<<10), cost(shape, 1<<(10+doublings))
		assert.LessOrEqual(t, few, 50.0, name)
		assert.LessOrEqual(t, many, few+2*doublings, name)
	}
}

// TestForestIsSeldomAsked: after a claim moved, nobody knows which short cuts still lead where they did.
func TestForestIsSeldomAsked(t *testing.T) {
	const n = 1 << 15
	for name, shape := range shapes {
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

func TestAnIDIsACacheLine(t *testing.T) {
	assert.LessOrEqual(t, identity.NodeBytes, 64)
}
