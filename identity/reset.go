package identity

// resetStreak is how many page loads in a row may call reset with nobody logged in between before it looks like a mistake.
const maxResetStreak = 3

// Reset forgets the visitor, and starts a new one with the given device id. What was tracked before keeps its ids.
// A visitor who opted out is forgotten too: a logout is a logout. What stays is that nothing is recorded. Warns: ResetEveryPage.
func (v *Visitor) Reset(at Call, newDeviceID string) Outcome {
	var o Outcome
	old := v.record
	v.record = NewRecord(newDeviceID)
	r := &v.record
	r.Epoch = old.Epoch + 1
	r.IdentityChangedMS = max(old.IdentityChangedMS+1, at.TimeMS)
	r.OptedOut, r.OptChangedMS = old.OptedOut, old.OptChangedMS
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
	v.recordChanged()
	v.setInitialReferrer()
	return o
}

// turnPage notes that a page was loaded. Where the one before it called reset, this one may too; where it did not, the streak ends.
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
