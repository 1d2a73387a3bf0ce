package identity

// Claim says that Alias is a second name for DistinctID: one `$create_alias` message, as whoever receives it sees it.
type Claim struct {
	Alias      string
	DistinctID string
	TimeMS     int64  // when the page made the call, milliseconds since 1970
	InsertID   string // of the message
}

// before is the order in which claims win: the earliest, then the smaller insert id. The last steps only make the order total.
func (c Claim) before(other Claim) bool {
	switch {
	case c.TimeMS != other.TimeMS:
		return c.TimeMS < other.TimeMS
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
}

// Reasons for a Conflict.
const (
	// ReasonTaken: an earlier claim gave the alias to somebody else.
	ReasonTaken = "taken"
	// ReasonCircle: earlier claims already lead from the distinct_id to the alias, so both are one person all the same.
	ReasonCircle = "circle"
	// ReasonSelf: the alias is the distinct_id itself.
	ReasonSelf = "self"
)
