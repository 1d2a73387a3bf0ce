package identity

// NewDeviceID returns a device id made of 16 random bytes: a UUID of version 4 (RFC 9562), as mixpanel-browser creates. The caller must
// take the bytes from a cryptographic source, such as crypto.getRandomValues in a page.
func NewDeviceID(random [16]byte) string {
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return formatUUID(random)
}
