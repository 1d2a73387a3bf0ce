package identity_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestUnusableIDsChangeNothing(t *testing.T) {
	unusable := []identity.Value{
		"", "null", "true", "false", "[]", "{}", `["U"]`, `{"id":"U"}`, "0", "-1", `"`, `"U`, "NaN", "undefined",
		`""`, `" "`, `"   "`, `"a\u0000b"`, `"a\tb"`, `"line\nbreak"`, `"\u007f"`, `"a\u0085b"`, `"\u001b[0m"`,
		identity.String(repeat("x", 256)), identity.String(repeat("é", 128)), identity.String(repeat("x", 1<<20)),
	}
	for _, placeholder := range []string{
		"undefined", "null", "NaN", "[object Object]", "anonymous", "anon", "nil", "none", "n/a", "na", "unknown", "<nil>", "0", "-1", "true",
		"false", "[]", "{}", "00000000-0000-0000-0000-000000000000", "UNDEFINED", "Null", " null ", "None", "N/A",
	} {
		unusable = append(unusable, identity.String(placeholder))
	}
	for _, nobody := range []string{
		`"\u00a0"`, `"\u200b"`, `"\ufeff"`, "\"\u00ad\u034f\u061c\u115f\u1160\"", `"\u3164\u2800 \u2063"`, "\"\U000e0041\"", `"\udb40\udc41"`, "\"\u3000\u2003\"",
		`"\ud800"`, `"jane\udc00"`, `"\ud83d\ud83d\ude00"`, `"\udc00\ud800"`, `"caf\ufffd"`, "\"caf\ufffd\"", "\"caf\xe9\"", "\"\xed\xa0\x80\"",
		`"\u00a0undefined\u200b"`, "\"\ufeffnull\"", `"\u20600\u2060"`, `"\u3000N/A\ufe0f"`,
	} {
		unusable = append(unusable, identity.Value(nobody))
	}
	for _, id := range unusable {
		b := newBrowser(t)
		bad := []identity.Code{identity.BadID}
		assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Identify(b.nextCall(), id) }), "identify(%.40s)", id)
		assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Alias(b.nextCall(), id, "") }), "alias(%.40s)", id)
		if id != "" {
			assert.Equal(t, bad, b.requireUntouched(func() identity.Outcome { return b.Alias(b.nextCall(), `"U"`, id) }), "alias(U, %.40s)", id)
		}
	}
}

func TestUsableIDs(t *testing.T) {
	for _, id := range []string{
		"1", "-2", "42", "jane@example.com", "日本", "😀", "a b", "null-and-void", "undefined2", "00000000-0000-0000-0000-000000000001", "À", "x\u00a0y", "\u200bjane", "👩\u200d👧",
		repeat("x", 255), "</script>", `"quoted"`, "[1]",
	} {
		assert.True(t, identity.IsValidID(id), id)
		b := newBrowser(t)
		require.Empty(t, b.identify(id).Warnings, id)
		assert.Equal(t, id, b.DistinctID())
	}
}

// The invisible characters are those of Unicode: White_Space and Default_Ignorable_Code_Point, as PropList and DerivedCoreProperties of the UCD
// derive them, and the blank pattern of Braille.
func TestInvisibleMatchesUnicode(t *testing.T) {
	for r := rune(0xa0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || r == utf8.RuneError {
			continue
		}
		ignorable := unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Cf, unicode.Variation_Selector) &&
			!unicode.Is(unicode.Prepended_Concatenation_Mark, r) && (r < 0xfff9 || r > 0xfffb) && (r < 0x13430 || r > 0x1345f)
		nothing := unicode.Is(unicode.White_Space, r) || ignorable || r == 0x2800
		require.Equal(t, !nothing, identity.IsValidID(string(r)), "%U", r)
	}
}

func TestBadIDIsAbbreviatedInWarnings(t *testing.T) {
	b := newBrowser(t)
	w := b.identify(repeat("é", 5000)).Warnings[0]
	assert.Less(t, len(w.What), 500)
	assert.NotContains(t, w.What, "\ufffd")
	assert.Contains(t, w.What, "longer than 255 bytes")
}
