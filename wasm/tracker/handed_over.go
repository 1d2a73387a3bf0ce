package tracker

import "github.com/throughline/throughline/identity"

// earlier is the visitor that a page had when it opened, where it is not today's: another page called identify or reset since. What the
// page tracked before Go ran it has handed over by itself, so it comes again for that visitor, or it would count twice.
type pastVisitor struct {
	visitor *identity.Visitor // nil where calls are made for today's
	base    identity.Record
}

// handedOver makes the calls up to the next Commit for the visitor of a record, as JSON text. "" stands for today's. A new visitor's
// stands for the anonymous one that all tabs settled on which opened at once: js/src/handover.ts has the same rule, and hands nothing
// over where somebody has logged in since.
func (t *Tracker) startHandedOver(record string) {
	t.mergePastVisitor()
	base, _ := identity.ParseRecord(record)
	now := t.visitor.Record()
	if isMinted(record) && now.Epoch == 0 && now.DeviceID != "" {
		base = identity.NewRecord(now.DeviceID)
	}
	if !base.Known() || base.DistinctID == now.DistinctID || isMinted(record) && now.IdentityMS == 0 {
		return
	}
	if now.OptMS > base.OptMS {
		base.OptedOut, base.OptMS = now.OptedOut, now.OptMS
	}
	base.OptedOut = base.OptedOut || now.OptedOut
	t.past = pastVisitor{identity.NewVisitor(t.visitorConfig(), base), base}
	t.appliedPageRevision = 0
}

// caller is the visitor that calls are made for.
func (t *Tracker) callsVisitor() *identity.Visitor {
	if t.past.visitor != nil {
		return t.past.visitor
	}
	return t.visitor
}

// rejoin brings what the earlier visitor did into today's record, as if another tab had done it. Only a reset is over when somebody
// logged in after it.
func (t *Tracker) mergePastVisitor() {
	if t.past.visitor == nil {
		return
	}
	base, now, past := t.past.base, t.visitor.Record(), t.past.visitor.Record()
	if past.Epoch > base.Epoch && past.IdentityMS < now.IdentityMS {
		optedOut, at := past.OptedOut, past.OptMS
		past = now
		past.OptedOut, past.OptMS = optedOut, at
	}
	t.adoptRecord(identity.MergeRecords(base, now, past), t.now)
	t.past = pastVisitor{}
	t.appliedPageRevision = 0
}
