//go:build !js || tinygo

package identity

import "github.com/google/uuid"

// formatUUID formats a UUID in the usual form. Natively and with TinyGo, google/uuid adds next to nothing to the program.
func formatUUID(b [16]byte) string { return uuid.UUID(b).String() }
