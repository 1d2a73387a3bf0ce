package identity

// Graph resolves every id to the original distinct_id of its person.
//
// The outcome is a function of the set of claims and of their Seq, the order in which the collector accepted them: in which order and how
// often a graph is fed changes nothing. For each alias the claim that was accepted first wins, so that an answer once given stays true; a
// later one that gives the alias to somebody else is a conflict. Where the winners lead in a circle, the latest claim of the circle gives
// way, and is a conflict too. So every chain of aliases ends, and where it ends is the original. Fed in the order of Seq, no claim that
// holds ever gives way.
//
// A Graph is not safe for concurrent use, not even for reading: Resolve rearranges it. Every call but Person takes time
// logarithmic in the number of ids, amortised, whatever the claims.
type Graph struct {
	ids         map[string]int32
	nodes       []node
	winnerCalls []claimCall // of the nodes' winners, by the same index
	forest      forest
	lostClaims  lostClaims
	cutCount    uint32 // how often something that was above an id no longer is
}

// node is one id, and the claim that won it as an alias: a cache line, for what Resolve waits for is memory.
type node struct {
	id     string
	seq    int64 // of the winner
	target int32 // whom the winner gives this id to; nobody where no claim was made
	// above is an id on the way from here to the original, as long as the graph's cuts are the same as then: a short cut for root. It is
	// nobody where no claim holds: in an id that nobody claimed, and in one place of each circle.
	shortcut     int32
	shortcutCuts uint32
	// The ids whose winner gives them to this one, as a doubly linked list.
	firstAlias, nextAlias, prevAlias int32
}

// call is what a claim says of the call that made it. It is told with a claim and decides nothing, so Resolve need not load it.
type claimCall struct {
	timeMS   int64
	insertID string
}

// NewGraph returns a Graph in which every id is a person of its own.
func NewGraph() *Graph {
	g := &Graph{ids: map[string]int32{}, lostClaims: newLostClaims()}
	g.forest.less = g.winnerBefore
	return g
}

// Change tells what a claim did.
type Change struct {
	// Accepted is whether the claim holds, or says only what holds already.
	Accepted bool
	// Moved is whether the alias, and what resolves through it, now resolves to another original than before.
	Moved bool
	// Conflict is the claim, where it does not hold.
	Conflict *Conflict
}

// Add takes a claim. A repeat changes nothing; an alias of itself is refused, and not kept.
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
	case after == alias && g.nodes[alias].target == target: // the winner of its alias, and yet the alias leads nowhere
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

// Resolve returns the original distinct_id of the person that id belongs to: id itself, where no alias says otherwise.
func (g *Graph) Resolve(id string) string {
	n, known := g.ids[id]
	if !known {
		return id
	}
	return g.nodes[g.root(n)].id
}

// Owner returns the original distinct_id of the person that an alias belongs to; false where no claim to it holds.
func (g *Graph) Owner(alias string) (string, bool) {
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

// settle decides between a claim and those that were there before.
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

// win makes c the claim that won its alias.
func (g *Graph) setWinner(alias, target int32, c Claim) {
	root := g.root(alias)
	g.cut(alias)
	g.storeWinner(alias, target, c)
	if root != alias && g.nodes[root].target != none {
		// The circle that the old winner was part of opens: the claim that gave way in it holds again.
		g.linkWinner(root)
	}
	g.linkWinner(alias)
}

// attach lets the winner of a root hold, or, if that closes a circle, cuts the circle at its latest claim.
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

func (g *Graph) cut(alias int32) {
	g.forest.cut(alias)
	if n := &g.nodes[alias]; n.shortcut != none {
		n.shortcut = none
		g.cutCount++
	}
}

// patience is how many claims in a row root follows before it asks the forest.
const maxChainSteps = 32

// root returns the original of an id's person. It goes by the short cuts, and shortens them, as union-find does. Where a claim has moved
// since, it follows the claims: chains are short outside of attacks. Only where one is long is the forest asked, which costs far more
// than a step, but a way of any length costs about the same.
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

// setClaim notes the winner of an alias, and its place among the claimers of its target.
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

// claim returns the winner of an alias that has one.
func (g *Graph) winner(alias int32) Claim {
	n := &g.nodes[alias]
	made := &g.winnerCalls[alias]
	return Claim{Alias: n.id, DistinctID: g.nodes[n.target].id, Seq: n.seq, TimeMS: made.timeMS, InsertID: made.insertID}
}

// wonEarlier reports whether v's winner goes before w's. An id that nobody claimed goes first.
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
