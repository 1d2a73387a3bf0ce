package identity

// MergeRecords merges the changes that two tabs made to one record. base is the record that both began with. None of them is
// changed. The result does not depend on which of the two is mine, so both tabs compute the same. It may share properties with them, so that it
// is for ReplaceRecord and to be stored.
//
// A reset wins over all changes to the visitor that it forgot. Of two changes of identity, the later one wins; so does the latest of an
// opt-out, an opt-in and a ClearConsent. Super properties, timers, held messages and waiting profile updates are merged one by one.
func MergeRecords(base, mine, theirs *Record) *Record {
	first, second := mine, theirs
	if identityWins(theirs, mine) {
		first, second = theirs, mine
	}
	merged := &Record{}
	merged.assign(first)
	merged.UndecidedMS = max(mine.UndecidedMS, theirs.UndecidedMS)
	later := mine
	optedOut, optMS := mine.validConsent(merged.UndecidedMS)
	otherOptedOut, otherOptMS := theirs.validConsent(merged.UndecidedMS)
	if otherOptMS > optMS {
		later = theirs
		optedOut, optMS, otherOptedOut, otherOptMS = otherOptedOut, otherOptMS, optedOut, optMS
	}
	// If both chose at the same time, the visitor has opted out.
	merged.OptedOut, merged.OptChangedMS = optedOut || otherOptedOut && otherOptMS == optMS, optMS
	if merged.Line == "" {
		merged.Line = second.Line
	}
	if first.Epoch != second.Epoch {
		merged.dropDeclined()
		return merged
	}
	if merged.History == "" {
		merged.History = second.History
	}
	merged.SuperCut = max(mine.SuperCut, theirs.SuperCut)
	merged.Removed = mergeProperties(&base.Removed, &mine.Removed, &theirs.Removed)
	mySuper, theirSuper := mine.superSince(base, theirs), theirs.superSince(base, mine)
	merged.Super = mergeProperties(&base.Super, &mySuper, &theirSuper)
	merged.Super.Each(func(name, _ string) bool {
		merged.Removed.Delete(name)
		return true
	})
	merged.Super.sortByName()
	merged.Removed.sortByName()
	merged.Timers = mergeProperties(&base.Timers, &mine.Timers, &theirs.Timers)
	merged.Held = mergeProperties(&base.Held, &mine.Held, &theirs.Held)
	merged.Waiting = mergeProperties(&base.Waiting, &mine.Waiting, &theirs.Waiting)
	merged.IdentifiedMS = max(mine.IdentifiedMS, theirs.IdentifiedMS)
	merged.dropDeclined()
	switch {
	case optMS == otherOptMS:
	case optedOut: // It may have deleted what the earlier one sent. If not, the collector recognises the second delivery.
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
	if first.IdentityChangedMS == second.IdentityChangedMS { // One of the tabs may have sent messages that were held back.
		if merged.AliasInsertID == second.AliasInsertID {
			merged.AliasTimeMS = max(first.AliasTimeMS, second.AliasTimeMS)
		}
		if merged.IdentifyInsertID == second.IdentifyInsertID {
			merged.IdentifyTimeMS = max(first.IdentifyTimeMS, second.IdentifyTimeMS)
		}
	}
	if merged.InitialReferrer == "" {
		merged.InitialReferrer, merged.InitialReferringDomain = second.InitialReferrer, second.InitialReferringDomain
	}
	return merged
}

// superSince returns the super properties of a record, with those of base that the other record has and this one neither has nor has removed:
// it was written by a tab that had not seen them yet.
func (r *Record) superSince(base, other *Record) Properties {
	super := r.Super.Clone()
	base.Super.Each(func(name, raw string) bool {
		_, has := super.Get(name)
		_, removed := r.Removed.Get(name)
		if _, otherHas := other.Super.Get(name); otherHas && !has && !removed {
			super.Set(name, raw)
		}
		return true
	})
	return super
}

// identityWins reports whether a's identity wins over b's. The device id decides only between identities that never changed, when two tabs
// are opened at once on a first visit.
func identityWins(a, b *Record) bool {
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
	return string(a.AppendJSON(nil)) > string(b.AppendJSON(nil)) // Any rule is right that both tabs follow.
}

// dropSent removes the held messages that the tab with the record sender sent when it opted in.
func (p *Properties) dropSent(sender *Record) {
	drop := func(insertID string, sentMS int64) {
		if _, held := sender.Held.Get(insertID); sentMS != 0 && !held {
			p.Delete(insertID)
		}
	}
	drop(sender.AliasInsertID, sender.AliasTimeMS)
	drop(sender.IdentifyInsertID, sender.IdentifyTimeMS)
}

// validConsent returns OptedOut and OptChangedMS without what the visitor decided before that was cleared. If both happened at the same time, an
// opt-out stays.
func (r *Record) validConsent(clearedMS int64) (optedOut bool, changedMS int64) {
	if ms := r.OptChangedMS; ms != 0 && (ms < clearedMS || ms == clearedMS && !r.OptedOut) {
		return false, 0
	}
	return r.OptedOut, r.OptChangedMS
}

// dropDeclined drops the profile updates that wait, if the visitor has opted out: Mixpanel's opt_out_tracking does so too.
func (r *Record) dropDeclined() {
	if r.OptedOut {
		r.Waiting = Properties{}
	}
}

// mergeProperties takes each property from the side that changed it. If both did, a value wins over a deletion, and the greater text over
// the smaller one; any rule is right that both tabs follow.
func mergeProperties(base, mine, theirs *Properties) Properties {
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
