package identity

import (
	"math/rand"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewDeviceIDIsARandomUUID(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range make([]struct{}, 1000) {
		var random [16]byte
		r.Read(random[:])
		id := NewDeviceID(random)
		parsed, err := uuid.Parse(id)
		require.NoError(t, err)
		assert.Equal(t, uuid.Version(4), parsed.Version())
		assert.Equal(t, uuid.RFC4122, parsed.Variant())
		assert.Equal(t, id, hexUUID(parsed), "what the page writes by itself and google/uuid agree")
		for i := range random {
			if i != 6 && i != 8 {
				assert.Equal(t, random[i], parsed[i])
			}
		}
	}
}
