package identity

// resetStreak is how many page loads in a row may call reset with nobody logged in between before it looks like a mistake.
const resetStreak = 3

// Reset forgets the visitor, and starts a new one with the given device id. What was tracked before keeps its ids.
// A visitor who opted out is forgotten too: a logout is a logout. What stays is that nothing is recorded. Warns: ResetEveryPage.
func (v *Visitor) Reset(at Stamp, newDeviceID string) Outcome {
	var o Outcome
	old := v.record
	v.record = NewRecord(newDeviceID)
	r := &v.record
	r.Epoch = old.Epoch + 1
	r.IdentityMS = max(old.IdentityMS+1, at.TimeMS)
	r.OptedOut, r.OptMS = old.OptedOut, old.OptMS
	r.ResetStreak, r.ResetPage = 1, v.config.PageID
	if old.UserID == "" && old.Alias == "" && old.ResetStreak > 0 {
		r.ResetStreak = old.ResetStreak
		if old.ResetPage != v.config.PageID {
			r.ResetStreak++
		}
	}
	if r.ResetStreak >= resetStreak {
		o.warn(ResetEveryPage)
	}
	v.changed()
	v.keepReferrer()
	return o
}

// turnPage notes that a page was loaded. Where the one before it called reset, this one may too; where it did not, the streak ends.
func (v *Visitor) turnPage() {
	r := &v.record
	switch {
	case r.ResetStreak == 0 || r.ResetPage == v.config.PageID || r.PageAfter == v.config.PageID:
		return
	case r.PageAfter == "":
		r.PageAfter = v.config.PageID
	default:
		r.endStreak()
	}
	v.changed()
}

func (r *Record) endStreak() { r.ResetStreak, r.ResetPage, r.PageAfter = 0, "", "" }
