package identity

import "slices"

// Person is everything that resolves to one original distinct_id.
type Person struct {
	Original  string
	IDs       []Member   // the original first, then in the order of their claims
	Conflicts []Conflict // claims to this person's ids that lost, in the order of the claims
}

// Member is one id of a person.
type Member struct {
	DistinctID string
	Joined     Joined
	Claim      *Claim // what made it a member; nil for the original
}

// Joined is how an id became a member of a person.
type Joined string

// Ways to join.
const (
	JoinedOriginal Joined = "original"
	JoinedAlias    Joined = "alias"
)

// Person returns the person that id belongs to. The time it takes grows with the number of the person's ids.
func (g *Graph) Person(id string) Person {
	n, known := g.ids[id]
	if !known {
		return Person{Original: id, IDs: []Member{{DistinctID: id, Joined: JoinedOriginal}}}
	}
	root := g.forest.root(n)
	p := Person{Original: g.nodes[root].id, IDs: []Member{{DistinctID: g.nodes[root].id, Joined: JoinedOriginal}}}
	for _, member := range g.members(root) {
		node := &g.nodes[member]
		if member != root {
			p.IDs = append(p.IDs, Member{DistinctID: node.id, Joined: JoinedAlias, Claim: node.winner})
		} else if node.winner != nil {
			p.Conflicts = append(p.Conflicts, Conflict{Claim: *node.winner, Owner: p.Original, Reason: ReasonCircle})
		}
		p.Conflicts = g.appendConflicts(p.Conflicts, member, root)
	}
	slices.SortFunc(p.IDs[1:], func(a, b Member) int { return order(*a.Claim, *b.Claim) })
	slices.SortFunc(p.Conflicts, func(a, b Conflict) int { return order(a.Claim, b.Claim) })
	return p
}

func order(a, b Claim) int {
	if a.before(b) {
		return -1
	}
	return 1
}

// members returns the nodes of the person whose original is root, root first.
func (g *Graph) members(root int32) []int32 {
	members := []int32{root}
	seen := map[int32]bool{root: true}
	for i := 0; i < len(members); i++ {
		for _, claimer := range g.nodes[members[i]].claimers {
			if !seen[claimer] && g.nodes[claimer].target == members[i] {
				seen[claimer] = true
				members = append(members, claimer)
			}
		}
	}
	return members
}

// appendConflicts appends the claims to an alias that lost it to somebody else. A claim that lost to one of the same person is none.
func (g *Graph) appendConflicts(conflicts []Conflict, alias, root int32) []Conflict {
	node := &g.nodes[alias]
	for _, target := range node.rivals {
		if target != node.target && g.forest.root(target) != root {
			c := g.rivals[rivalry{alias, target}]
			conflicts = append(conflicts, Conflict{Claim: c, Owner: g.nodes[root].id, Reason: ReasonTaken})
		}
	}
	return conflicts
}
