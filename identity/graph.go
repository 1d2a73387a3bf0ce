package identity

// Graph resolves every id to the original distinct_id of its person.
//
// The outcome is a function of the set of claims, whatever order they arrive in and however often. For each alias the earliest claim
// wins; a later one that gives it to somebody else is a conflict. Where the winners lead in a circle, the latest claim of the circle
// gives way, and is a conflict too. So every chain of aliases ends, and where it ends is the original.
//
// A Graph is not safe for concurrent use, not even for reading: Resolve rearranges it, as a splay tree does.
type Graph struct {
	ids   map[string]int32
	nodes []node
	// rivals holds the claims to an alias that lost, now or before: by alias and distinct_id the earliest.
	rivals map[rivalry]Claim
	forest forest
}

// node is one id.
type node struct {
	id       string
	winner   *Claim  // the earliest claim to this id as an alias; nil where nobody claimed it
	target   int32   // the node that the winner gives this one to
	claimers []int32 // nodes whose winner points here, or once did
	rivals   []int32 // distinct_ids of claims that lost, now or before
}

type rivalry struct{ alias, target int32 }

// NewGraph returns a Graph in which every id is a person of its own.
func NewGraph() *Graph {
	return &Graph{ids: map[string]int32{}, rivals: map[rivalry]Claim{}}
}

// Change tells what a claim did.
type Change struct {
	// Accepted is whether the alias belongs to the person of the claim's distinct_id.
	Accepted bool
	// Moved is whether the alias, and what resolves through it, now resolves to another original than before.
	Moved bool
	// Conflict is the claim, where it lost.
	Conflict *Conflict
}

// Add takes a claim. A repeat changes nothing; an alias of itself is refused, and not kept.
func (g *Graph) Add(c Claim) Change {
	if c.Alias == c.DistinctID {
		return Change{Conflict: &Conflict{Claim: c, Owner: c.Alias, Reason: ReasonSelf}}
	}
	alias, target := g.node(c.Alias), g.node(c.DistinctID)
	before := g.forest.root(alias)
	g.settle(alias, target, c)
	after := g.forest.root(alias)
	change := Change{Accepted: g.forest.root(target) == after, Moved: before != after}
	if !change.Accepted {
		change.Conflict = &Conflict{Claim: c, Owner: g.nodes[after].id, Reason: ReasonTaken}
	}
	return change
}

// Resolve returns the original distinct_id of the person that id belongs to: id itself, where no alias says otherwise.
func (g *Graph) Resolve(id string) string {
	n, known := g.ids[id]
	if !known {
		return id
	}
	return g.nodes[g.forest.root(n)].id
}

// settle decides between a claim and those that were there before.
func (g *Graph) settle(alias, target int32, c Claim) {
	n := &g.nodes[alias]
	switch {
	case n.winner == nil:
	case n.target == target:
		if !c.before(*n.winner) {
			return
		}
	case c.before(*n.winner):
		g.rival(alias, n.target, *n.winner)
	default:
		g.rival(alias, target, c)
		return
	}
	g.win(alias, target, c)
}

func (g *Graph) rival(alias, target int32, c Claim) {
	key := rivalry{alias, target}
	known, lostBefore := g.rivals[key]
	if !lostBefore {
		g.nodes[alias].rivals = append(g.nodes[alias].rivals, target)
	} else if known.before(c) {
		return
	}
	g.rivals[key] = c
}

// win makes c the claim that holds for its alias.
func (g *Graph) win(alias, target int32, c Claim) {
	n := &g.nodes[alias]
	if n.winner == nil || n.target != target {
		g.nodes[target].claimers = append(g.nodes[target].claimers, alias)
	}
	held := n.winner != nil
	n.winner, n.target = &c, target
	if held {
		// The circle that the old claim was part of, if any, opens: the claim that gave way in it holds again.
		root := g.forest.root(alias)
		g.forest.cut(alias)
		if root != alias && g.nodes[root].winner != nil {
			g.attach(root)
		}
	}
	g.attach(alias)
}

// attach lets the winner of a root hold, or, if that closes a circle, cuts the circle at its latest claim.
func (g *Graph) attach(root int32) {
	target := g.nodes[root].target
	if g.forest.root(target) != root {
		g.forest.link(root, target)
		return
	}
	latest := g.latest(root, target)
	if latest == root {
		return
	}
	g.forest.cut(latest)
	g.forest.link(root, target)
}

// latest returns the node whose claim is the latest on the way from node up to root, root's own included.
func (g *Graph) latest(root, node int32) int32 {
	latest := root
	for n := node; n != root; n = g.nodes[n].target {
		if g.nodes[latest].winner.before(*g.nodes[n].winner) {
			latest = n
		}
	}
	return latest
}

func (g *Graph) node(id string) int32 {
	if n, known := g.ids[id]; known {
		return n
	}
	n := int32(len(g.nodes))
	g.ids[id] = n
	g.nodes = append(g.nodes, node{id: id})
	g.forest.add()
	return n
}
