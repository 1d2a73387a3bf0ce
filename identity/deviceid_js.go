//go:build js

package identity

// formatUUID does without google/uuid, which would add 193 KB to the page with standard Go, and is more than TinyGo compiles: its init functions link
// crypto/rand, fmt and database/sql/driver.
func formatUUID(b [16]byte) string { return hexUUID(b) }
