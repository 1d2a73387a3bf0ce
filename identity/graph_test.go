package identity_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// claim returns a claim that was accepted as number seq. The clock of its page says the opposite order, so that a graph which sorts by time
// fails every test here.
func claim(alias, id string, seq int64) identity.Claim {
	return identity.Claim{Alias: alias, DistinctID: id, Seq: seq, TimeMS: 1_000_000 - seq, InsertID: fmt.Sprintf("%s-%s-%d", alias, id, seq)}
}

func TestResolve(t *testing.T) {
	for name, c := range map[string]struct {
		claims []identity.Claim
		want   map[string]string
	}{
		"nobody said anything":                {nil, map[string]string{"D1": "D1", "": ""}},
		"an alias":                            {[]identity.Claim{claim("U", "D1", 1)}, map[string]string{"U": "D1", "D1": "D1"}},
		"many aliases of one":                 {[]identity.Claim{claim("U", "D1", 1), claim("V", "D1", 2)}, map[string]string{"U": "D1", "V": "D1"}},
		"a chain":                             {[]identity.Claim{claim("W", "V", 3), claim("V", "U", 2), claim("U", "D1", 1)}, map[string]string{"W": "D1"}},
		"the first accepted wins":             {[]identity.Claim{claim("U", "D2", 2), claim("U", "D1", 1)}, map[string]string{"U": "D1", "D2": "D2"}},
		"the latest of a circle gives way":    {[]identity.Claim{claim("A", "B", 1), claim("B", "C", 2), claim("C", "A", 3)}, map[string]string{"A": "C", "B": "C", "C": "C"}},
		"so it does when it arrives first":    {[]identity.Claim{claim("C", "A", 3), claim("B", "C", 2), claim("A", "B", 1)}, map[string]string{"A": "C", "B": "C", "C": "C"}},
		"a circle opens":                      {[]identity.Claim{claim("A", "B", 5), claim("B", "A", 6), claim("A", "D", 1)}, map[string]string{"A": "D", "B": "D"}},
		"an alias of itself says nothing":     {[]identity.Claim{claim("A", "A", 1)}, map[string]string{"A": "A"}},
		"equal places: the smaller insert id": {[]identity.Claim{claim("U", "D2", 1), claim("U", "D1", 1)}, map[string]string{"U": "D1"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := identity.NewGraph()
			for _, c := range c.claims {
				g.Add(c)
			}
			for id, want := range c.want {
				assert.Equal(t, want, g.Resolve(id), id)
			}
		})
	}
}

func TestLostClaimIsAConflict(t *testing.T) {
	g := identity.NewGraph()
	g.Add(claim("U", "D1", 1))
	change := g.Add(claim("U", "D2", 2))
	assert.False(t, change.Accepted)
	require.NotNil(t, change.Conflict)
	assert.Equal(t, "D1", change.Conflict.Owner)
	p := g.Person("D1")
	require.Len(t, p.Conflicts, 1)
	want := identity.Conflict{Claim: claim("U", "D2", 2), Owner: "D1", Reason: identity.ReasonTaken, Holder: claim("U", "D1", 1)}
	assert.Equal(t, want, p.Conflicts[0])
	assert.Equal(t, want, *change.Conflict)
	assert.Len(t, p.IDs, 2)
	assert.Len(t, g.Person("D2").IDs, 1)
	assert.Equal(t, p.Conflicts, g.Person("D2").Conflicts, "both sides see it")
}

func TestChangeSaysWhyAClaimIsNotInEffect(t *testing.T) {
	g := identity.NewGraph()
	assert.Equal(t, identity.Change{Accepted: true, Moved: true}, g.Add(claim("U", "D1", 1)))
	assert.Equal(t, identity.Change{Accepted: true}, g.Add(claim("U", "D1", 1)), "a repeat changes nothing")
	assert.Equal(t, identity.Change{Accepted: true, Moved: true}, g.Add(claim("V", "U", 2)))
	assert.Equal(t, identity.Change{Accepted: true}, g.Add(claim("V", "D1", 3)), "says what holds already")
	for reason, c := range map[string]identity.Claim{
		identity.ReasonTaken: claim("U", "D2", 4), identity.ReasonCircle: claim("D1", "V", 5), identity.ReasonSelf: claim("U", "U", 6),
	} {
		want := identity.Conflict{Claim: c, Owner: "D1", Reason: reason}
		if reason == identity.ReasonTaken {
			want.Holder = claim("U", "D1", 1)
		}
		assert.Equal(t, identity.Change{Conflict: &want}, g.Add(c))
	}
	assert.Equal(t, identity.Change{Accepted: true, Moved: true}, g.Add(claim("U", "D2", 0)), "the first that was accepted is fed last")
	assert.Equal(t, "D2", g.Resolve("V"))
	assert.Equal(t, "D2", g.Resolve("D1"), "the circle that held D1 back is open")
}

// graphModel implements the definition in the comment of Graph in the simplest way. It starts from the set of claims each time.
type graphModel []identity.Claim

func (m graphModel) winners() map[string]identity.Claim {
	winners := map[string]identity.Claim{}
	for _, c := range m {
		if w, ok := winners[c.Alias]; c.Alias != c.DistinctID && (!ok || wonBefore(c, w)) {
			winners[c.Alias] = c
		}
	}
	for alias := range winners {
		latest, at := winners[alias], alias
		for steps := 0; ; steps++ {
			w, ok := winners[at]
			if !ok || steps > len(m) {
				break
			}
			if wonBefore(latest, w) {
				latest = w
			}
			if at = w.DistinctID; at == alias {
				delete(winners, latest.Alias)
				break
			}
		}
	}
	return winners
}

func (m graphModel) resolve(id string) string {
	winners := m.winners()
	for {
		w, ok := winners[id]
		if !ok {
			return id
		}
		id = w.DistinctID
	}
}

func wonBefore(a, b identity.Claim) bool {
	if a.Seq != b.Seq {
		return a.Seq < b.Seq
	}
	return a.InsertID < b.InsertID
}

// person returns the person that an id belongs to: its ids and its conflicts, in order.
func (m graphModel) person(id string) identity.Person {
	original := m.resolve(id)
	p := identity.Person{Original: original, IDs: []identity.Member{{DistinctID: original, Joined: identity.JoinedOriginal}}}
	winners := m.winners()
	for alias, c := range winners {
		if m.resolve(alias) == original {
			p.IDs = append(p.IDs, identity.Member{DistinctID: alias, Joined: identity.JoinedAlias, AliasOf: c.DistinctID, Seq: c.Seq, TimeMS: c.TimeMS, InsertID: c.InsertID})
		}
	}
	slices.SortFunc(p.IDs[1:], func(a, b identity.Member) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.InsertID, b.InsertID))
	})
	for _, c := range m.withoutRepeats() {
		owner, claimant := m.resolve(c.Alias), m.resolve(c.DistinctID)
		lost := identity.Conflict{Claim: c, Owner: owner, Reason: identity.ReasonTaken}
		if owner == claimant {
			if winners[c.Alias] == c || m.firstClaim(c.Alias) != c {
				continue
			}
			lost.Reason = identity.ReasonCircle
		} else {
			lost.Holder = m.firstClaim(c.Alias)
		}
		if owner == original || claimant == original {
			p.Conflicts = append(p.Conflicts, lost)
		}
	}
	slices.SortFunc(p.Conflicts, func(a, b identity.Conflict) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.InsertID, b.InsertID))
	})
	return p
}

// withoutRepeats returns, for each pair of alias and distinct_id, the claim that was accepted first.
func (m graphModel) withoutRepeats() []identity.Claim {
	var kept []identity.Claim
	for _, c := range m {
		better := func(o identity.Claim) bool {
			return o.Alias == c.Alias && o.DistinctID == c.DistinctID && wonBefore(o, c)
		}
		if c.Alias != c.DistinctID && !slices.ContainsFunc(m, better) && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// firstClaim returns the claim to an alias that was accepted first.
func (m graphModel) firstClaim(alias string) identity.Claim {
	var first identity.Claim
	for _, c := range m.withoutRepeats() {
		if c.Alias == alias && (first.Alias == "" || wonBefore(c, first)) {
			first = c
		}
	}
	return first
}

// If claims are added in the order in which they were accepted, as in the collector, an accepted claim is never taken back.
func TestAcceptedClaimStaysInEffect(t *testing.T) {
	for seed := int64(0); seed < 200; seed++ {
		r := rand.New(rand.NewSource(seed))
		g := identity.NewGraph()
		var held [][2]string
		for seq := range int64(40) {
			c := claim(string('A'+rune(r.Intn(9))), string('A'+rune(r.Intn(9))), seq)
			c.TimeMS = r.Int63n(1000)
			if g.Add(c).Accepted {
				held = append(held, [2]string{c.Alias, c.DistinctID})
			}
			for _, pair := range held {
				require.Equal(t, g.Resolve(pair[1]), g.Resolve(pair[0]), "seed %d: %v was accepted", seed, pair)
			}
		}
	}
}

// A claim that is made again, by the same page or another, keeps the position of its first acceptance.
func TestRepeatKeepsTheFirstSeq(t *testing.T) {
	claims := []identity.Claim{claim("U", "D1", 1), claim("U", "D2", 2), claim("U", "D1", 3), claim("U", "D2", 4)}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 3, 0, 1}, {1, 2, 3, 0}} {
		g := identity.NewGraph()
		for _, i := range order {
			g.Add(claims[i])
		}
		p := g.Person("U")
		assert.Equal(t, []identity.Conflict{{Claim: claims[1], Owner: "D1", Reason: identity.ReasonTaken, Holder: claims[0]}}, p.Conflicts)
		assert.Equal(t, int64(1), p.IDs[1].Seq)
	}
}

func TestAnyOrderGivesTheSamePersons(t *testing.T) {
	for seed := int64(0); seed < 400; seed++ {
		r := rand.New(rand.NewSource(seed))
		ids := make([]string, 2+r.Intn(9))
		for i := range ids {
			ids[i] = string(rune('A' + i))
		}
		var claims []identity.Claim
		for range make([]struct{}, 1+r.Intn(24)) {
			claims = append(claims, claim(ids[r.Intn(len(ids))], ids[r.Intn(len(ids))], int64(r.Intn(12))))
		}
		for round := 0; round < 6; round++ {
			g := identity.NewGraph()
			arriving := slices.Concat(claims, claims[:r.Intn(len(claims)+1)])
			r.Shuffle(len(arriving), func(i, j int) { arriving[i], arriving[j] = arriving[j], arriving[i] })
			for i, c := range arriving {
				was := g.Resolve(c.Alias)
				change := g.Add(c)
				seen := graphModel(arriving[:i+1])
				for _, id := range ids {
					require.Equal(t, seen.resolve(id), g.Resolve(id), "seed %d, %s after %v", seed, id, seen)
				}
				require.Equal(t, was != g.Resolve(c.Alias), change.Moved)
				require.Equal(t, change.Accepted, change.Conflict == nil)
			}
			for _, id := range ids {
				require.Equal(t, graphModel(claims).person(id), g.Person(id), "seed %d, %s after %v", seed, id, arriving)
				owner, owned := g.Owner(id)
				require.Equal(t, owned, graphModel(claims).resolve(id) != id)
				if owned {
					require.Equal(t, g.Resolve(id), owner)
				}
			}
		}
	}
}

// In chains of more than maxChainSteps ids, the forest finds the same originals.
func TestLongChainsWhoseClaimsMove(t *testing.T) {
	const ids = 100
	asked := 0
	for seed := int64(0); seed < 10; seed++ {
		g, r := identity.NewGraph(), rand.New(rand.NewSource(seed))
		claims := make(graphModel, 0, 2*ids)
		for i := range make([]struct{}, ids) {
			claims = append(claims, claim(fmt.Sprint(i+1), fmt.Sprint(i), 50+r.Int63n(50)))
		}
		for range make([]struct{}, ids) { // Some win over claims of the chain, others close cycles.
			claims = append(claims, claim(fmt.Sprint(r.Intn(ids)), fmt.Sprint(r.Intn(ids)), 40+r.Int63n(60)))
		}
		r.Shuffle(ids/2, func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		comparisons := g.CountComparisons()
		for i, c := range claims {
			g.Add(c)
			before := *comparisons
			id := fmt.Sprint(r.Intn(ids))
			require.Equal(t, claims[:i+1].resolve(id), g.Resolve(id), "seed %d, %s after %d", seed, id, i)
			asked += *comparisons - before
		}
		for i := range make([]struct{}, ids) {
			require.Equal(t, claims.resolve(fmt.Sprint(i)), g.Resolve(fmt.Sprint(i)), "seed %d", seed)
		}
	}
	require.Positive(t, asked)
}

func FuzzGraph(f *testing.F) {
	f.Add([]byte{0, 1, 1, 1, 0, 2, 1, 2, 0})
	f.Add([]byte{0, 1, 9, 0, 2, 8, 0, 3, 7, 3, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		g := identity.NewGraph()
		var seen graphModel
		for ; len(script) >= 3 && len(seen) < 40; script = script[3:] {
			c := claim(string('A'+rune(script[0]%8)), string('A'+rune(script[1]%8)), int64(script[2]))
			seen = append(seen, c)
			g.Add(c)
			require.Equal(t, seen.resolve(c.Alias), g.Resolve(c.Alias))
			require.Equal(t, seen.person(c.DistinctID), g.Person(c.DistinctID))
		}
	})
}

// claimShapes are sets of claims that take quadratic time in a naive graph. Run `go test -bench Graph` for times.
var claimShapes = map[string]func(n int) []identity.Claim{
	"pairs": func(n int) []identity.Claim {
		return claims(n, func(i int) (int, int, int) { return 2 * i, 2*i + 1, i })
	},
	"star":  func(n int) []identity.Claim { return claims(n, func(i int) (int, int, int) { return i + 1, 0, i }) },
	"chain": func(n int) []identity.Claim { return claims(n, func(i int) (int, int, int) { return i + 1, i, i }) },
	"backwards": func(n int) []identity.Claim {
		return claims(n, func(i int) (int, int, int) { return n - i, n - i - 1, i })
	},
	"moving": func(n int) []identity.Claim { // a chain of n/2 ids, whose middle moves again and again
		return claims(n, func(i int) (int, int, int) {
			if i < n/2 {
				return i + 1, i, n
			}
			return n / 4, n + i%2, n - i
		})
	},
	"circling": func(n int) []identity.Claim { // a chain of n/2 ids, whose first id closes a cycle again and again, with ever earlier claims
		return claims(n, func(i int) (int, int, int) {
			if i < n/2 {
				return i + 1, i, n
			}
			return 0, n/2 - i%2, n - i
		})
	},
	"contested": func(n int) []identity.Claim { // everybody claims one alias, and the first accepted claim comes last
		return claims(n, func(i int) (int, int, int) { return n, i, n - i })
	},
}

func claims(n int, at func(i int) (alias, id, seq int)) []identity.Claim {
	all := make([]identity.Claim, n)
	for i := range all {
		alias, id, seq := at(i)
		all[i] = identity.Claim{Alias: fmt.Sprint(alias), DistinctID: fmt.Sprint(id), Seq: int64(seq), InsertID: fmt.Sprint(i)}
	}
	return all
}

func BenchmarkGraph(b *testing.B) {
	const n = 1_000_000
	for name, shape := range claimShapes {
		all := shape(n)
		b.Run("add/"+name, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				g := identity.NewGraph()
				for _, c := range all {
					g.Add(c)
				}
			}
		})
		b.Run("resolve/"+name, func(b *testing.B) {
			g := identity.NewGraph()
			for _, c := range all {
				g.Add(c)
			}
			r := rand.New(rand.NewSource(1))
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				g.Resolve(all[r.Intn(n)].Alias)
			}
		})
	}
}
