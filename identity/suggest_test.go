package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

func TestSuggestName(t *testing.T) {
	known := []string{"track", "identify", "register", "register_once", "Item Viewed", "Step 1", "reset"}
	for name, want := range map[string]string{
		"trak": "track", "identfy": "identify", "registr": "register", "register_onec": "register_once", "item viewed": "Item Viewed",
		"ITEM VIEWED": "Item Viewed", "track": "", "Step 2": "", "Step 12": "", "x": "", "": "", "unrelated": "", "Item Bought": "",
	} {
		like, ok := identity.SuggestName(name, known)
		assert.Equal(t, want, like, name)
		assert.Equal(t, want != "", ok, name)
	}
	like, _ := identity.SuggestName("registed", []string{"registrar", "registered", "register"})
	assert.Equal(t, "register", like, "the nearest")
}
