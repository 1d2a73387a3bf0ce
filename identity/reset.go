package identity

// resetStreak is how many page loads in a row may call reset with nobody logged in between before it looks like a mistake.
const resetStreak = 3

// Reset forgets the visitor, and starts a new one with the given device id. What was tracked before keeps its ids. Only the choice to
// opt out stays: it is the browser's, not the visitor's. Warns: ResetEveryPage, OptedOut.
func (v *Visitor) Reset(at Stamp, newDeviceID string) Outcome {
	var o Outcome
	if v.refused(&o, "reset") {
		return o
	}
	old := v.record
	v.record = NewRecord(newDeviceID)
	r := &v.record
	r.Epoch = old.Epoch + 1
	r.OptedOut = old.OptedOut
	r.IdentityMS = max(old.IdentityMS+1, at.TimeMS)
	r.ResetStreak, r.ResetPage = 1, v.config.PageID
	if old.UserID == "" && old.Alias == "" {
		r.ResetStreak = old.ResetStreak
		if old.ResetPage != v.config.PageID {
			r.ResetStreak++
		}
		if r.ResetStreak == resetStreak {
			o.warn(ResetEveryPage)
		}
	}
	v.changed()
	return o
}
