package identity

// Graph resolves every id to the original distinct_id of its person, from the claims that were added (Claim).
//
// Of the claims to one alias, the one that was accepted first wins; one that gives the alias to somebody else is a conflict. So an answer
// that was once given stays true. If winning claims form a cycle, the one of them that was accepted last is a conflict too. So every chain
// of aliases ends, and the id at its end is the original.
//
// The result depends only on the set of claims and their Seq, not on the order in which they are added or on repeats. If claims are added
// in the order of Seq, a claim that is in effect stays in effect.
//
// A Graph is not safe for concurrent use, not even for reading, because Resolve reorganizes it. Every method but Person takes amortized
// time logarithmic in the number of ids, whatever the claims.
type Graph struct {
	ids         map[string]int32 // positions in nodes
	nodes       []node
	winnerCalls []claimCall // of the winners, by position in nodes
	forest      forest      // of the claims in effect
	lostClaims  lostClaims
	cutCount    uint32 // how many claims have ceased to be in effect
}

// node is an id, and the claim that won it as an alias. It fits into one cache line, because Resolve mostly waits for memory.
type node struct {
	id     string
	seq    int64 // of the winner
	target int32 // the distinct_id of the winner; none if there is no claim to the id
	// shortcut is an id between this one and the original. It is valid while Graph.cutCount equals shortcutCuts. It is none if no claim to
	// the id is in effect: there is no claim, or it was dropped from a cycle.
	shortcut     int32
	shortcutCuts uint32
	// The aliases that the winners give to this id are a doubly linked list: firstAlias is its head, nextAlias and prevAlias link the
	// aliases of one id.
	firstAlias, nextAlias, prevAlias int32
}

// claimCall has what Resolve does not need of a claim.
type claimCall struct {
	timeMS   int64
	insertID string
}

// NewGraph returns a Graph without claims: every id is its own person.
func NewGraph() *Graph {
	g := &Graph{ids: map[string]int32{}, lostClaims: newLostClaims()}
	g.forest.less = g.winnerBefore
	return g
}

// Change is the effect of adding a claim.
type Change struct {
	// Accepted reports whether the claim is in effect, or repeats what was in effect before.
	Accepted bool
	// Moved reports whether the alias, and the ids that resolve through it, resolve to another original than before.
	Moved bool
	// Conflict is the claim if it was not accepted, otherwise nil.
	Conflict *Conflict
}

// Add adds a claim. Repeats change nothing. A claim that gives an id to itself is a conflict that Person does not list.
func (g *Graph) Add(c Claim) Change {
	if c.Alias == c.DistinctID {
		return Change{Conflict: &Conflict{Claim: c, Owner: g.Resolve(c.Alias), Reason: ReasonSelf}}
	}
	alias, target := g.nodeOf(c.Alias), g.nodeOf(c.DistinctID)
	before := g.root(alias)
	g.applyClaim(alias, target, c)
	after := g.root(alias)
	reason := ""
	switch {
	case g.root(target) != after:
		reason = ReasonTaken
	case after == alias && g.nodes[alias].target == target: // The claim won its alias, but was dropped from a cycle.
		reason = ReasonCircle
	}
	change := Change{Accepted: reason == "", Moved: before != after}
	if reason != "" {
		change.Conflict = &Conflict{Claim: c, Owner: g.nodes[after].id, Reason: reason}
		if reason == ReasonTaken {
			change.Conflict.Holder = g.winner(alias)
		}
	}
	return change
}

// Resolve returns the original distinct_id of the person that id belongs to, which is id itself if id is not an alias.
func (g *Graph) Resolve(id string) string {
	n, known := g.ids[id]
	if !known {
		return id
	}
	return g.nodes[g.root(n)].id
}

// Owner returns the original distinct_id of the person that an alias belongs to. ok is false if no claim to the alias is in effect.
func (g *Graph) Owner(alias string) (original string, ok bool) {
	n, known := g.ids[alias]
	if !known {
		return "", false
	}
	root := g.root(n)
	if root == n {
		return "", false
	}
	return g.nodes[root].id, true
}

// applyClaim compares a claim with the current winner of its alias, and keeps the one that lost.
func (g *Graph) applyClaim(alias, target int32, c Claim) {
	n := &g.nodes[alias]
	switch {
	case n.target == none:
	case n.target == target:
		if !c.before(g.winner(alias)) {
			return
		}
	case c.before(g.winner(alias)):
		g.lostClaims.add(alias, n.target, g.winner(alias))
	default:
		g.lostClaims.add(alias, target, c)
		return
	}
	g.setWinner(alias, target, c)
}

// setWinner makes c the winner of its alias.
func (g *Graph) setWinner(alias, target int32, c Claim) {
	root := g.root(alias)
	g.cut(alias)
	g.storeWinner(alias, target, c)
	if root != alias && g.nodes[root].target != none {
		// The previous winner was part of a cycle, which is broken now. So the claim that was dropped from the cycle is in effect again.
		g.linkWinner(root)
	}
	g.linkWinner(alias)
}

// linkWinner puts the winner of a root into effect. If that closes a cycle, the claim of the cycle that was accepted last is dropped.
func (g *Graph) linkWinner(root int32) {
	target := g.nodes[root].target
	if g.root(target) == root {
		latest := g.forest.pathMax(target)
		if latest == root {
			return
		}
		g.cut(latest)
	}
	g.forest.link(root, target)
	g.nodes[root].shortcut, g.nodes[root].shortcutCuts = target, g.cutCount
}

// cut ends the effect of the winner of an alias.
func (g *Graph) cut(alias int32) {
	g.forest.cut(alias)
	if n := &g.nodes[alias]; n.shortcut != none {
		n.shortcut = none
		g.cutCount++
	}
}

// maxChainSteps is how many claims root follows before it asks the forest.
const maxChainSteps = 32

// root returns the original of the person that v belongs to. It follows the shortcuts and shortens them (path compression, as in
// union-find). Where a shortcut is no longer valid, it follows the claim. In a long chain it asks the forest, which costs more than a few
// steps but takes logarithmic time for any chain. Only attacks create long chains.
func (g *Graph) root(v int32) int32 {
	root := v
	for followed := 0; g.nodes[root].shortcut != none; root = g.nodes[root].shortcut {
		n := &g.nodes[root]
		if n.shortcutCuts == g.cutCount {
			continue
		}
		n.shortcut, n.shortcutCuts = n.target, g.cutCount
		if followed++; followed > maxChainSteps {
			n.shortcut = g.forest.root(root)
		}
	}
	for v != root {
		n := &g.nodes[v]
		v, n.shortcut = n.shortcut, root
	}
	return root
}

// storeWinner stores the winner of an alias, and moves the alias to the list of its new target.
func (g *Graph) storeWinner(alias, target int32, c Claim) {
	n := &g.nodes[alias]
	n.seq, g.winnerCalls[alias] = c.Seq, claimCall{c.TimeMS, c.InsertID}
	if n.target == target {
		return
	}
	if n.target != none {
		if n.prevAlias == none {
			g.nodes[n.target].firstAlias = n.nextAlias
		} else {
			g.nodes[n.prevAlias].nextAlias = n.nextAlias
		}
		if n.nextAlias != none {
			g.nodes[n.nextAlias].prevAlias = n.prevAlias
		}
	}
	first := &g.nodes[target].firstAlias
	n.target, n.prevAlias, n.nextAlias = target, none, *first
	if *first != none {
		g.nodes[*first].prevAlias = alias
	}
	*first = alias
}

// winner returns the winner of an alias that has one.
func (g *Graph) winner(alias int32) Claim {
	n := &g.nodes[alias]
	made := &g.winnerCalls[alias]
	return Claim{Alias: n.id, DistinctID: g.nodes[n.target].id, Seq: n.seq, TimeMS: made.timeMS, InsertID: made.insertID}
}

// winnerBefore reports whether v's winner was accepted before w's. An id without claims comes first.
func (g *Graph) winnerBefore(v, w int32) bool {
	a, b := &g.nodes[v], &g.nodes[w]
	if a.target == none || b.target == none {
		return a.target == none && b.target != none
	}
	if a.seq != b.seq {
		return a.seq < b.seq
	}
	return g.winner(v).before(g.winner(w))
}

// nodeOf returns the position of an id in nodes, and adds the id if it is new.
func (g *Graph) nodeOf(id string) int32 {
	if n, known := g.ids[id]; known {
		return n
	}
	n := int32(len(g.nodes))
	g.ids[id] = n
	g.nodes = append(g.nodes, node{id: id, target: none, shortcut: none, firstAlias: none, nextAlias: none, prevAlias: none})
	g.winnerCalls = append(g.winnerCalls, claimCall{})
	g.forest.addVertex()
	return n
}
