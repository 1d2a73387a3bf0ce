package identity

// hexUUID formats a UUID in the same way as google/uuid; TestNewDeviceIDIsARandomUUID compares the two.
func hexUUID(b [16]byte) string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[c>>4], digits[c&15])
	}
	return string(text)
}
