package identity

// SharedJSON returns the part of the record that all subdomains of a site share by a cookie: who the visitor is, what the collector still has to
// learn of it, the consent, and the super properties if all of it fits in maxBytes. Profile updates that wait, timers and the streak of resets
// stay in localStorage.
func (r *Record) SharedJSON(maxBytes int) string {
	shared := &Record{}
	shared.assign(r)
	return shared.sharedJSON(maxBytes)
}

// sharedJSON is SharedJSON of a record that is used for nothing else: it drops what is not shared.
func (r *Record) sharedJSON(maxBytes int) string {
	r.Waiting, r.Timers, r.History = Properties{}, Properties{}, ""
	r.endResetStreak()
	text := r.AppendJSON(nil)
	if CookieLen(string(text)) > maxBytes {
		r.Super, r.SuperCut = Properties{}, 1
		text = r.AppendJSON(nil)
	}
	if CookieLen(string(text)) > maxBytes {
		r.InitialReferrer, r.InitialReferringDomain, r.Removed, r.Held = "", "", Properties{}, Properties{}
		text = r.AppendJSON(nil)
	}
	return string(text)
}

// beginLine sets Line if the record is not shared yet, and reports whether it did.
func (r *Record) beginLine() bool {
	isNew := r.Line == ""
	if isNew {
		r.Line = r.DistinctID
	}
	return isNew
}

// CookieLen returns the length of a text in a cookie, where encodeURIComponent encodes it.
func CookieLen(text string) int {
	n := 3 * len(text)
	for _, c := range []byte(text) {
		l := lowerASCII(c)
		isKept := isDigit(c) || l >= 'a' && l <= 'z'
		switch c {
		case '-', '_', '.', '!', '~', '*', '\'', '(', ')':
			isKept = true
		}
		if isKept {
			n -= 2
		}
	}
	return n
}

// MergeShared merges a record with the one in the cookie that subdomains share, shared, a text of SharedJSON. base is the record in the cookie
// as it was when it was last read or written here. It returns mine if shared is not readable. It may change base and mine, and the record that it returns may be one of them.
//
// Two subdomains that each had a visitor before they had the cookie become one: an identified visitor wins over an anonymous one, and otherwise
// the one that changed later. The super properties, and the profile updates that wait, of an anonymous visitor stay. If both were identified
// by different ids, nothing of the one that loses is kept: they are two persons.
func MergeShared(base, mine *Record, shared string) *Record {
	theirs, _ := ParseRecord(shared)
	if !theirs.HasDistinctID() {
		return mine
	}
	if mine.Line != theirs.Line && mine.DistinctID != theirs.DistinctID {
		return joinStrangers(mine, theirs)
	}
	if mine.Line != theirs.Line {
		base = mine // The same visitor, who was known by mixpanel-browser's cookie or who logged in on both subdomains.
		mine.Line = theirs.Line
	}
	if mine.DistinctID == theirs.DistinctID && mine.DeviceID == theirs.DeviceID {
		mine.Epoch = max(mine.Epoch, theirs.Epoch)
		theirs.Epoch = mine.Epoch
	}
	if mine.Epoch == theirs.Epoch {
		theirs.Waiting, theirs.Timers = base.Waiting, base.Timers
		theirs.ResetStreak, theirs.LastResetPage, theirs.PageAfterReset = mine.ResetStreak, mine.LastResetPage, mine.PageAfterReset
		base.Super.Each(func(name, _ string) bool {
			if theirs.SuperCut == 0 && theirs.Super.indexOf(name) < 0 && theirs.Removed.indexOf(name) < 0 {
				theirs.Removed.Set(name, "0")
			}
			return true
		})
	}
	merged := MergeRecords(base, mine, theirs)
	if merged.Epoch == theirs.Epoch {
		merged.SuperCut = theirs.SuperCut
	}
	return merged
}

func joinStrangers(mine, theirs *Record) *Record {
	isKnown, areKnown := mine.isKnown(), theirs.isKnown()
	winner, loser := theirs, mine
	if isKnown && !areKnown || isKnown == areKnown && mine.IdentityChangedMS > theirs.IdentityChangedMS {
		winner, loser = mine, theirs
	}
	line, epoch, waiting, timers := theirs.Line, max(mine.Epoch, theirs.Epoch)+1, mine.Waiting, mine.Timers
	// The tabs of this subdomain, and those of the others, must take it for the newer one.
	if winner == mine || theirs.Epoch <= mine.Epoch {
		winner.Epoch = epoch
	}
	winner.Line = line
	if !isKnown || !areKnown {
		loser.Super.Each(func(name, raw string) bool {
			if winner.Super.indexOf(name) < 0 {
				winner.Super.Set(name, raw)
			}
			return true
		})
		winner.Super.sortByName()
		if !isKnown {
			winner.Waiting, winner.Timers = waiting, timers
		}
	}
	if loser.OptChangedMS > winner.OptChangedMS {
		winner.OptedOut, winner.OptChangedMS = loser.OptedOut, loser.OptChangedMS
	}
	winner.dropDeclined()
	return winner
}

// isKnown reports whether somebody has logged in or signed up.
func (r *Record) isKnown() bool { return r.UserID != "" || r.Alias != "" }
