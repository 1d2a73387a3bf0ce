package identity

// lostClaims has the claims that lost their alias to a claim for another distinct_id. For each pair of alias and distinct_id it keeps the
// one that was accepted first. Claims may be added to a graph in any order, so a claim in here may have become the winner since; readers
// must check.
type lostClaims struct {
	byPair map[claimPair]lostClaim
	byID   map[int32][]claimPair // the pairs in which an id is the alias or the distinct_id
}

// claimPair is the alias and the distinct_id of a claim, as positions in Graph.nodes.
type claimPair struct{ alias, target int32 }

type lostClaim struct {
	seq int64
	claimCall
}

func newLostClaims() lostClaims {
	return lostClaims{byPair: map[claimPair]lostClaim{}, byID: map[int32][]claimPair{}}
}

func (l *lostClaims) add(alias, target int32, c Claim) {
	pair := claimPair{alias, target}
	known, exists := l.byPair[pair]
	if !exists {
		l.byID[alias] = append(l.byID[alias], pair)
		l.byID[target] = append(l.byID[target], pair)
	} else if known.seq < c.Seq || (known.seq == c.Seq && known.insertID <= c.InsertID) {
		return
	}
	l.byPair[pair] = lostClaim{c.Seq, claimCall{c.TimeMS, c.InsertID}}
}
