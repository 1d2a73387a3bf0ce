package tracker

import "github.com/throughline/throughline/identity"

// pastVisitor is the visitor that an earlier page had when it opened, if alias, identify or reset were called since. A page that ends before
// Go runs hands its calls over to the next page. They must be made for the visitor that they were made for at first: the earlier page
// may have sent the same events itself, and under another distinct_id the collector would count them twice.
type pastVisitor struct {
	visitor *identity.Visitor // nil while calls are made for the current visitor
	base    *identity.Record
}

// startHandedOver makes the calls until the next Commit those of the visitor in record, a JSON text; "" means the current visitor. A
// record that the shim minted for a new visitor means the anonymous visitor that all new tabs have settled on. js/src/handover.ts has
// the same rule, and hands nothing over if somebody has logged in since.
func (t *Tracker) startHandedOver(record string) {
	t.mergePast()
	base, _ := identity.ParseRecord(record)
	now := t.visitor.Record()
	if isMinted(record) && now.Epoch == 0 && now.DeviceID != "" {
		base = identity.NewRecord(now.DeviceID)
	}
	if !base.HasDistinctID() || base.DistinctID == now.DistinctID && base.UserID == now.UserID && base.Alias == now.Alias ||
		isMinted(record) && now.IdentityChangedMS == 0 {
		return
	}
	if now.OptChangedMS > base.OptChangedMS {
		base.OptedOut, base.OptChangedMS = now.OptedOut, now.OptChangedMS
	}
	base.OptedOut = base.OptedOut || now.OptedOut
	t.past = pastVisitor{t.newVisitor(base), base}
	t.pageRevision = 0
}

// callsVisitor returns the visitor that calls are made for.
func (t *Tracker) callsVisitor() *identity.Visitor {
	if t.past.visitor != nil {
		return t.past.visitor
	}
	return t.shownVisitor()
}

// mergePast merges what the past visitor did into the current record, as if another tab had done it. A reset of the past visitor
// is ignored if somebody logged in after it.
func (t *Tracker) mergePast() {
	if t.past.visitor == nil {
		return
	}
	base, now, past := t.past.base, t.visitor.Record(), t.past.visitor.Record()
	if past.Epoch > base.Epoch && past.IdentityChangedMS < now.IdentityChangedMS {
		optedOut, at := past.OptedOut, past.OptChangedMS
		past = t.visitor.Record()
		past.OptedOut, past.OptChangedMS = optedOut, at
	}
	t.adoptRecord(identity.MergeRecords(base, now, past), t.now)
	t.past = pastVisitor{}
	t.pageRevision = 0
}
