package identity

// maxResetStreak is the number of page loads in a row with a Reset, and no login between them, at which ResetEveryPage is given.
const maxResetStreak = 3

// Reset is called at logout. It forgets the visitor and starts a new, anonymous one with the given device id. Messages that were created
// before keep their ids. A visitor who has opted out is forgotten too, and the new one has opted out as well.
//
// Warnings: ResetEveryPage. Source: Mixpanel's reset; keeping the opt-out is ours.
func (v *Visitor) Reset(call Call, newDeviceID string) Outcome {
	return v.restart(call, newDeviceID, historyReset)
}

// StorageEmptied is Reset where the page did not call it, but emptied localStorage.
func (v *Visitor) StorageEmptied(call Call, newDeviceID string) Outcome {
	return v.restart(call, newDeviceID, historyEmptied)
}

func (v *Visitor) restart(call Call, newDeviceID, why string) Outcome {
	var o Outcome
	r := &v.record
	old := &Record{}
	old.assign(r)
	r.assign(NewRecord(newDeviceID))
	v.temporary = Properties{}
	r.Epoch, r.Line = old.Epoch+1, old.Line
	r.IdentityChangedMS = max(old.IdentityChangedMS+1, call.TimeMS)
	v.note(why, r.DistinctID, call)
	r.OptedOut, r.OptChangedMS, r.UndecidedMS = old.OptedOut, old.OptChangedMS, old.UndecidedMS
	r.ResetStreak, r.LastResetPage = 1, v.config.PageID
	if old.UserID == "" && old.Alias == "" && old.ResetStreak > 0 {
		r.ResetStreak = old.ResetStreak
		if old.LastResetPage != v.config.PageID {
			r.ResetStreak++
		}
	}
	if r.ResetStreak >= maxResetStreak {
		o.warn(ResetEveryPage)
	}
	v.isIdentifyCalled = false
	v.recordChanged()
	v.setInitialReferrer()
	return o
}

// Forget starts a new, anonymous visitor with the given device id, because this one has opted out and nothing of them may stay stored. With
// keepHeld, who the visitor is stays if a login or an alias is held back for OptIn, but their super properties and timers are forgotten.
//
// Source: Mixpanel's opt_out_tracking with clear_persistence. It forgets a login too.
func (v *Visitor) Forget(call Call, newDeviceID string, keepHeld bool) {
	old := v.Record()
	v.Reset(call, newDeviceID)
	r := &v.record
	r.ResetStreak, r.LastResetPage, r.PageAfterReset = old.ResetStreak, old.LastResetPage, old.PageAfterReset
	if keepHeld && old.Held.Len() > 0 {
		r.DistinctID, r.DeviceID, r.UserID, r.Held, r.History = old.DistinctID, old.DeviceID, old.UserID, old.Held, old.History
		r.Alias, r.AliasState, r.AliasInsertID, r.AliasTimeMS = old.Alias, old.AliasState, old.AliasInsertID, old.AliasTimeMS
		r.IdentifyAnonID, r.IdentifyInsertID, r.IdentifyTimeMS = old.IdentifyAnonID, old.IdentifyInsertID, old.IdentifyTimeMS
	}
}

// countPageLoad updates the streak of page loads with a Reset. The streak ends when a whole page load passes without one: this page may
// still call Reset, so only the next page load tells.
func (v *Visitor) countPageLoad() {
	r := &v.record
	switch {
	case r.ResetStreak == 0 || r.LastResetPage == v.config.PageID || r.PageAfterReset == v.config.PageID:
		return
	case r.PageAfterReset == "":
		r.PageAfterReset = v.config.PageID
	default:
		r.endResetStreak()
	}
	v.recordChanged()
}

func (r *Record) endResetStreak() { r.ResetStreak, r.LastResetPage, r.PageAfterReset = 0, "", "" }
