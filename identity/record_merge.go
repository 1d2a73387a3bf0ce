package identity

// MergeRecords brings together what two tabs made of one record: base is what both began with. It does not matter which of the two
// asks. A reset wins over everything of the visitor it forgot; of two changes of identity the later wins, and so does the later choice about
// being tracked; super properties, timers and held messages are merged one by one.
func MergeRecords(base, mine, theirs Record) Record {
	first, second := mine, theirs
	if identityWins(theirs, mine) {
		first, second = theirs, mine
	}
	merged := first
	later, earlier := mine, theirs
	if theirs.OptChangedMS > mine.OptChangedMS {
		later, earlier = theirs, mine
	}
	// In doubt it is no.
	merged.OptedOut, merged.OptChangedMS = later.OptedOut || earlier.OptedOut && earlier.OptChangedMS == later.OptChangedMS, later.OptChangedMS
	if first.Epoch != second.Epoch {
		return merged
	}
	merged.Super = mergeProperties(base.Super, mine.Super, theirs.Super)
	merged.Timers = mergeProperties(base.Timers, mine.Timers, theirs.Timers)
	merged.Held = mergeProperties(base.Held, mine.Held, theirs.Held)
	switch {
	case later.OptChangedMS == earlier.OptChangedMS:
	case later.OptedOut: // It deleted what the earlier one told, perhaps, and a message that is told twice is recognised.
		later.Held.Each(func(id, raw string) bool {
			merged.Held.Set(id, raw)
			return true
		})
	default:
		merged.Held.dropSent(later)
	}
	if first.Alias == second.Alias && first.AliasInsertID == second.AliasInsertID && second.AliasState == AliasAcknowledged {
		merged.AliasState = AliasAcknowledged
	}
	if first.IdentityChangedMS == second.IdentityChangedMS { // One of them may have sent what was held.
		merged.AliasTimeMS = max(first.AliasTimeMS, second.AliasTimeMS)
		merged.IdentifyTimeMS = max(first.IdentifyTimeMS, second.IdentifyTimeMS)
	}
	if merged.InitialReferrer == "" {
		merged.InitialReferrer, merged.InitialReferringDomain = second.InitialReferrer, second.InitialReferringDomain
	}
	return merged
}

// laterIdentity reports whether a's identity goes before b's. Only between two that never changed, two tabs' first visits at once,
// does the device id decide.
func identityWins(a, b Record) bool {
	switch {
	case a.Epoch != b.Epoch:
		return a.Epoch > b.Epoch
	case a.IdentityChangedMS != b.IdentityChangedMS:
		return a.IdentityChangedMS > b.IdentityChangedMS
	case a.DeviceID != b.DeviceID:
		return a.DeviceID < b.DeviceID
	case a.DistinctID != b.DistinctID:
		return a.DistinctID < b.DistinctID
	}
	return string(a.AppendJSON(nil)) > string(b.AppendJSON(nil)) // Any rule will do, as long as both tabs follow it.
}

// dropTold removes from held messages those that a tab has told which opted in, whatever an older record says of them.
func (p *Properties) dropSent(by Record) {
	drop := func(id string, ms int64) {
		if _, held := by.Held.Get(id); ms != 0 && !held {
			p.Delete(id)
		}
	}
	drop(by.AliasInsertID, by.AliasTimeMS)
	drop(by.IdentifyInsertID, by.IdentifyTimeMS)
}

// mergeBags takes each property from the side that changed it. Where both did, a value wins over none, and the greater text over the
// smaller: any rule will do, as long as both tabs follow it.
func mergeProperties(base, mine, theirs Properties) Properties {
	var merged Properties
	take := func(name, _ string) bool {
		b, inBase := base.Get(name)
		m, inMine := mine.Get(name)
		t, inTheirs := theirs.Get(name)
		raw, ok := m, inMine
		switch {
		case inMine == inBase && m == b:
			raw, ok = t, inTheirs
		case inTheirs == inBase && t == b:
		case !inMine || (inTheirs && t > m):
			raw, ok = t, inTheirs
		}
		if ok {
			merged.Set(name, raw)
		}
		return true
	}
	base.Each(take)
	first, second := mine, theirs
	if string(theirs.AppendJSON(nil)) < string(mine.AppendJSON(nil)) {
		first, second = theirs, mine
	}
	first.Each(take)
	second.Each(take)
	return merged
}
