//go:build !js

package identity

import "github.com/google/uuid"

// formatUUID formats a UUID in the usual form.
func formatUUID(b [16]byte) string { return uuid.UUID(b).String() }
