package identity

// losses are the claims that lost their alias to another distinct_id, now or before: of each alias and distinct_id the one that was
// accepted first. One that won afterwards, for a graph may be fed in any order, is still here: whoever reads checks against the winner.
type losses struct {
	claims map[rivalry]loss
	// of has, for an id, the rivalries in which it is the alias or the distinct_id.
	of map[int32][]rivalry
}

type rivalry struct{ alias, target int32 }

type loss struct {
	seq int64
	call
}

func newLosses() losses {
	return losses{claims: map[rivalry]loss{}, of: map[int32][]rivalry{}}
}

func (l *losses) add(alias, target int32, c Claim) {
	key := rivalry{alias, target}
	known, lostBefore := l.claims[key]
	if !lostBefore {
		l.of[alias] = append(l.of[alias], key)
		l.of[target] = append(l.of[target], key)
	} else if known.seq < c.Seq || (known.seq == c.Seq && known.insertID <= c.InsertID) {
		return
	}
	l.claims[key] = loss{c.Seq, call{c.TimeMS, c.InsertID}}
}
