package identity

// Claim is the content of one `$create_alias` message: Alias is a second name of DistinctID.
type Claim struct {
	Alias      string
	DistinctID string
	// Seq is the claim's position in the order in which the collector accepted claims. It alone decides which of two claims to an alias
	// wins. The collector must store it with the claim, so that restarts and repeated deliveries lead to the same persons.
	Seq int64
	// TimeMS is when the page made the call, in milliseconds since 1970 by its clock. It decides nothing, because a clock may be wrong or
	// the time forged.
	TimeMS   int64
	InsertID string // of the message
}

// before reports whether c wins over other: it was accepted first. No two claims of a project should have the same Seq. If two have, the
// other fields decide, so that the result does not depend on the order in which claims are added.
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

// Conflict is a claim that is not in effect. It does not change who is who. It is kept so that a developer can see what a page tried.
type Conflict struct {
	Claim
	// Owner is the original distinct_id of the person that the alias belongs to.
	Owner string
	// Reason is why the claim is not in effect: ReasonTaken, ReasonCircle or ReasonSelf.
	Reason string
	// Holder is the claim that won the alias, if the reason is ReasonTaken; otherwise it is zero.
	Holder Claim
}

// Reasons of a Conflict.
const (
	// ReasonTaken means that a claim which was accepted earlier gave the alias to somebody else.
	ReasonTaken = "taken"
	// ReasonCircle means that the distinct_id already resolves to the alias, through claims that were accepted earlier. Both belong to
	// the same person anyway.
	ReasonCircle = "circle"
	// ReasonSelf means that the alias and the distinct_id are the same.
	ReasonSelf = "self"
)
