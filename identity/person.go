package identity

import "slices"

// Person is all ids that resolve to one original distinct_id.
type Person struct {
	Original string
	// IDs has the original first, then the aliases in the order in which their claims were accepted.
	IDs []Member
	// Conflicts are the claims that are not in effect and involve this person: claims of others to its ids, and claims of its ids to the ids
	// of others, in the order in which they were accepted. A claim that lost to one of the same person is not a conflict.
	Conflicts []Conflict
}

// Member is one id of a person.
type Member struct {
	DistinctID string
	// Joined is how the id became a member: JoinedOriginal or JoinedAlias.
	Joined string
	// AliasOf, Seq, TimeMS and InsertID are the distinct_id and the other fields of the claim to an alias. They are zero for the original.
	AliasOf  string
	Seq      int64
	TimeMS   int64
	InsertID string
}

// Values of Member.Joined.
const (
	JoinedOriginal = "original" // it is the original distinct_id
	JoinedAlias    = "alias"    // it is an alias of another id of the person
)

// Person returns the person that id belongs to. An unknown id is its own person. It takes time proportional to the number of the person's
// ids and conflicts, and sorts them.
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

// members returns the positions in nodes of the person whose original is root, root first.
func (g *Graph) members(root int32) []int32 {
	members := []int32{root}
	for i := 0; i < len(members); i++ {
		for c := g.nodes[members[i]].firstAlias; c != none; c = g.nodes[c].nextAlias {
			if c != root { // The winner of root itself was dropped from a cycle.
				members = append(members, c)
			}
		}
	}
	return members
}

// conflictsOf returns the conflicts of the person with this root and these members.
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

// compareClaims orders claims as Claim.before does, for slices.SortFunc.
func compareClaims(a, b Claim) int {
	switch {
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}
