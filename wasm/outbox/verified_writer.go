package outbox

// VerifiedWriter writes to a Storage, and verifies that the Storage keeps what is written by reading the first text back. A browser, or
// a script that asks for consent, may replace localStorage by an object that keeps nothing and reports no error. Such a storage counts
// as blocked.
type VerifiedWriter struct{ verified bool }

// Set stores a text. It reads the text back unless the storage is verified, and returns Blocked if it is not there.
func (w *VerifiedWriter) Set(storage Storage, key, text string) StorageStatus {
	status := storage.Set(key, text)
	if status != OK || w.verified {
		return status
	}
	if there, _ := storage.Get(key); there != text {
		return Blocked
	}
	w.verified = true
	return OK
}

// Unverify makes the next Set read back again. It is called after something that suggests that the storage no longer keeps texts.
func (w *VerifiedWriter) Unverify() { w.verified = false }
