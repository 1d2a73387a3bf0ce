package tracker

import "github.com/throughline/throughline/identity"

// earlier is the visitor that a page had when it opened, where it is not today's: another page called identify or reset since. What the
// page tracked before Go ran it has handed over by itself, so it comes again for that visitor, or it would count twice.
type earlier struct {
	visitor *identity.Visitor // nil where calls are made for today's
	base    identity.Record
}

// handedOver makes the calls up to the next Commit for the visitor of a record, as JSON text. "" stands for today's, and so does a new
// visitor's whom nothing has changed: tabs that opened at once have settled on one id (js/src/handover.ts has the same rule).
func (t *Tracker) handedOver(record string) {
	t.rejoin()
	base, _ := identity.ParseRecord(record)
	now := t.visitor.Record()
	if !base.Known() || base.DistinctID == now.DistinctID || minted(record) && now.IdentityMS == 0 {
		return
	}
	base.OptedOut = base.OptedOut || now.OptedOut
	t.earlier = earlier{identity.NewVisitor(t.visitorConfig(), base), base}
	t.shown = 0
}

// caller is the visitor that calls are made for.
func (t *Tracker) caller() *identity.Visitor {
	if t.earlier.visitor != nil {
		return t.earlier.visitor
	}
	return t.visitor
}

// rejoin brings what the earlier visitor did into today's record, as if another tab had done it.
func (t *Tracker) rejoin() {
	if t.earlier.visitor == nil {
		return
	}
	t.visitor.Adopt(identity.MergeRecords(t.earlier.base, t.visitor.Record(), t.earlier.visitor.Record()))
	t.earlier = earlier{}
	t.shown = 0
}
