//go:build !js || tinygo

package identity

import "github.com/google/uuid"

func formatUUID(b [16]byte) string { return uuid.UUID(b).String() }
