package identity_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every package on the list adds little to the program in the page. fmt would add 128 KB, google/uuid 193 KB.
func TestOnlyLightPackagesReachThePage(t *testing.T) {
	light := fields(`cmp iter math/bits runtime slices unicode/utf8 unsafe
		github.com/agnivade/levenshtein
		github.com/throughline/throughline/identity
		github.com/throughline/throughline/identity/jsontext`)
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	require.NoError(t, err)
	for _, name := range fields(string(out)) {
		if !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "runtime/internal/") {
			assert.Contains(t, light, name)
		}
	}
}
