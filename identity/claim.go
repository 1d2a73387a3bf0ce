package identity

// Claim says that Alias is a second name for DistinctID: one `$create_alias` message, as whoever receives it sees it.
type Claim struct {
	Alias      string
	DistinctID string
	// Seq is the place of the claim in the order in which the collector accepted claims. The collector stores it with the claim, so that a
	// restart, a second collector and a message that is delivered twice give the same persons. It alone decides which claim to an alias
	// holds: TimeMS is what the page's clock showed, and a clock may be slow, or forged.
	Seq      int64
	TimeMS   int64  // when the page made the call, milliseconds since 1970
	InsertID string // of the message
}

// before is the order in which claims win: the one that was accepted first. No two claims of a project have the same Seq; the other steps
// make the order total all the same, so that a Graph has one outcome whatever it is fed.
func (c Claim) before(other Claim) bool {
	switch {
	case c.Seq != other.Seq:
		return c.Seq < other.Seq
	case c.InsertID != other.InsertID:
		return c.InsertID < other.InsertID
	case c.DistinctID != other.DistinctID:
		return c.DistinctID < other.DistinctID
	}
	return c.Alias < other.Alias
}

// Conflict is a claim that lost. It changes nothing, and is kept so that somebody can see what a page tried.
type Conflict struct {
	Claim
	// Owner is the original distinct_id of the person that the alias belongs to.
	Owner string
	// Reason is why the claim lost: ReasonTaken, ReasonCircle or ReasonSelf.
	Reason string
	// Holder is the claim that the alias follows instead. It is zero unless the reason is ReasonTaken.
	Holder Claim
}

// Reasons for a Conflict.
const (
	// ReasonTaken: a claim that was accepted earlier gave the alias to somebody else.
	ReasonTaken = "taken"
	// ReasonCircle: claims that were accepted earlier already lead from the distinct_id to the alias, so both are one person all the same.
	ReasonCircle = "circle"
	// ReasonSelf: the alias is the distinct_id itself.
	ReasonSelf = "self"
)
