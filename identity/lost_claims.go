package identity

// losses are the claims that lost their alias to another distinct_id, now or before: of each alias and distinct_id the one that was
// accepted first. One that won afterwards, for a graph may be fed in any order, is still here: whoever reads checks against the winner.
type lostClaims struct {
	byPair map[claimPair]lostClaim
	// of has, for an id, the rivalries in which it is the alias or the distinct_id.
	byID map[int32][]claimPair
}

type claimPair struct{ alias, target int32 }

type lostClaim struct {
	seq int64
	claimCall
}

func newLostClaims() lostClaims {
	return lostClaims{byPair: map[claimPair]lostClaim{}, byID: map[int32][]claimPair{}}
}

func (l *lostClaims) add(alias, target int32, c Claim) {
	key := claimPair{alias, target}
	known, lostBefore := l.byPair[key]
	if !lostBefore {
		l.byID[alias] = append(l.byID[alias], key)
		l.byID[target] = append(l.byID[target], key)
	} else if known.seq < c.Seq || (known.seq == c.Seq && known.insertID <= c.InsertID) {
		return
	}
	l.byPair[key] = lostClaim{c.Seq, claimCall{c.TimeMS, c.InsertID}}
}
