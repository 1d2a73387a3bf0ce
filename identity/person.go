package identity

import "slices"

// Person is everything that resolves to one original distinct_id.
type Person struct {
	Original string
	// IDs are all its distinct_ids: the original first, then the aliases in the order in which their claims were accepted.
	IDs []Member
	// Conflicts are the claims that lost, by others to an id of this person, and by this person to an id of others, in the order in which
	// they were accepted.
	// A claim that lost to another of the same person contradicts nothing, and is none.
	Conflicts []Conflict
}

// Member is one id of a person.
type Member struct {
	DistinctID string
	// Joined is how it became a member: JoinedOriginal or JoinedAlias.
	Joined string
	// Of is the distinct_id it is an alias of; Seq, TimeMS and InsertID are of the claim that made it one; zero for the original.
	AliasOf  string
	Seq      int64
	TimeMS   int64
	InsertID string
}

// Ways in which an id joins a person.
const (
	JoinedOriginal = "original"
	JoinedAlias    = "alias"
)

// Person returns the person that id belongs to. The time it takes grows with the number of the person's ids and conflicts.
func (g *Graph) Person(id string) Person {
	n, known := g.ids[id]
	if !known {
		return Person{Original: id, IDs: []Member{{DistinctID: id, Joined: JoinedOriginal}}}
	}
	root := g.root(n)
	members := g.members(root)
	p := Person{Original: g.nodes[root].id, Conflicts: g.conflictsOf(root, members)}
	slices.SortFunc(members[1:], func(a, b int32) int { return compareClaims(g.winner(a), g.winner(b)) })
	p.IDs = append(make([]Member, 0, len(members)), Member{DistinctID: p.Original, Joined: JoinedOriginal})
	for _, member := range members[1:] {
		c := g.winner(member)
		p.IDs = append(p.IDs, Member{DistinctID: c.Alias, Joined: JoinedAlias, AliasOf: c.DistinctID, Seq: c.Seq, TimeMS: c.TimeMS, InsertID: c.InsertID})
	}
	return p
}

// members returns the nodes of the person whose original is root, root first.
func (g *Graph) members(root int32) []int32 {
	members := []int32{root}
	for i := 0; i < len(members); i++ {
		for c := g.nodes[members[i]].firstAlias; c != none; c = g.nodes[c].nextAlias {
			if c != root { // whose own claim gave way in a circle
				members = append(members, c)
			}
		}
	}
	return members
}

func (g *Graph) conflictsOf(root int32, members []int32) []Conflict {
	var all []Conflict
	if g.nodes[root].target != none {
		all = append(all, Conflict{Claim: g.winner(root), Owner: g.nodes[root].id, Reason: ReasonCircle})
	}
	for _, member := range members {
		for _, r := range g.lostClaims.byID[member] {
			owner := g.root(r.alias)
			if r.target == g.nodes[r.alias].target || owner == g.root(r.target) {
				continue
			}
			lost := g.lostClaims.byPair[r]
			c := Claim{g.nodes[r.alias].id, g.nodes[r.target].id, lost.seq, lost.timeMS, lost.insertID}
			all = append(all, Conflict{Claim: c, Owner: g.nodes[owner].id, Reason: ReasonTaken, Holder: g.winner(r.alias)})
		}
	}
	slices.SortFunc(all, func(a, b Conflict) int { return compareClaims(a.Claim, b.Claim) })
	return all
}

func compareClaims(a, b Claim) int {
	switch {
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}
