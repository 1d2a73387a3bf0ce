package identity

// OptOut stops all recording for this browser until OptIn. The choice outlives Reset.
func (v *Visitor) OptOut(Stamp) Outcome { return v.opt(true) }

// OptIn records again.
func (v *Visitor) OptIn(Stamp) Outcome { return v.opt(false) }

func (v *Visitor) opt(out bool) Outcome {
	if v.record.OptedOut != out {
		v.record.OptedOut = out
		v.changed()
		v.keepReferrer()
	}
	return Outcome{}
}
