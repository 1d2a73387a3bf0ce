package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestUnusableIDsChangeNothing(t *testing.T) {
	unusable := []identity.Value{
		"", "null", "true", "false", "[]", "{}", `["U"]`, `{"id":"U"}`, "0", "-1", `"`, `"U`, "NaN", "undefined",
		`""`, `" "`, `"   "`, `"a\u0000b"`, `"a\tb"`, `"line\nbreak"`, `"\u007f"`, `"a\u0085b"`, `"\u001b[0m"`,
		identity.String(long("x", 256)), identity.String(long("é", 128)), identity.String(long("x", 1<<20)),
	}
	for _, placeholder := range []string{
		"undefined", "null", "NaN", "[object Object]", "anonymous", "anon", "nil", "none", "n/a", "na", "unknown", "<nil>", "0", "-1", "true",
		"false", "[]", "{}", "00000000-0000-0000-0000-000000000000", "UNDEFINED", "Null", " null ", "None", "N/A",
	} {
		unusable = append(unusable, identity.String(placeholder))
	}
	for _, id := range unusable {
		b := newBrowser(t)
		bad := []identity.Code{identity.BadID}
		assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Identify(b.at(), id) }), "identify(%.40s)", id)
		assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Alias(b.at(), id, "") }), "alias(%.40s)", id)
		if id != "" {
			assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Alias(b.at(), `"U"`, id) }), "alias(U, %.40s)", id)
		}
	}
}

func TestUsableIDs(t *testing.T) {
	for _, id := range []string{
		"1", "-2", "42", "jane@example.com", "日本", "😀", "a b", "null-and-void", "undefined2", "00000000-0000-0000-0000-000000000001", "À", "x\u00a0y",
		long("x", 255), "</script>", `"quoted"`, "[1]",
	} {
		assert.True(t, identity.UsableID(id), id)
		b := newBrowser(t)
		require.Empty(t, b.identify(id).Warnings, id)
		assert.Equal(t, id, b.DistinctID())
	}
}

func TestBadIDIsShownCut(t *testing.T) {
	b := newBrowser(t)
	w := b.identify(long("é", 5000)).Warnings[0]
	assert.Less(t, len(w.What), 500)
	assert.NotContains(t, w.What, "\ufffd")
	assert.Contains(t, w.What, "longer than 255 bytes")
}
