package outbox

// Proof writes to a storage, and believes that it keeps what it is given once it has returned it: a browser, or a script that asks for
// consent, may put a storage in its place that keeps nothing and says nothing. One that does not is blocked.
type VerifiedWriter struct{ verified bool }

// Set stores a text, and reads it back unless storage was proved.
func (p *VerifiedWriter) Set(storage Storage, key, text string) error {
	err := storage.Set(key, text)
	if err != nil || p.verified {
		return err
	}
	if there, _ := storage.Get(key); there != text {
		return ErrBlocked
	}
	p.verified = true
	return nil
}

// Doubt says that something happened that may mean that storage keeps nothing any more.
func (p *VerifiedWriter) Unverify() { p.verified = false }
