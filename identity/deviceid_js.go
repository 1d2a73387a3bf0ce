//go:build js && !tinygo

package identity

// With standard Go, google/uuid would add 193 KB to the page (its init links crypto/rand, fmt and database/sql/driver).
func formatUUID(b [16]byte) string { return hexUUID(b) }
