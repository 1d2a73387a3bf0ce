package identity_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestEveryWarningSaysWhatAndHow(t *testing.T) {
	seen := map[string]identity.Code{}
	for i, d := range identity.Descriptions() {
		assert.Equal(t, identity.Codes()[i], d.Code)
		assert.Regexp(t, regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`), string(d.Code))
		for _, text := range []string{d.What, d.Mend} {
			assert.Regexp(t, regexp.MustCompile(`(\.|\?|%s)$`), text, d.Code)
			assert.NotContains(t, strings.ReplaceAll(text, "%s", ""), "%", d.Code)
			assert.Less(t, len(text), 240, d.Code)
			assert.Empty(t, seen[text], "%s says the same", d.Code)
			seen[text] = d.Code
		}
	}
	assert.Len(t, identity.Codes(), len(identity.Descriptions()))
}

// A code without a row in the table would have no text.
func TestEveryCodeHasARow(t *testing.T) {
	source, err := parser.ParseFile(token.NewFileSet(), "warning.go", nil, 0)
	require.NoError(t, err)
	var declared []identity.Code
	ast.Inspect(source, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
				text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				declared = append(declared, identity.Code(text))
			}
		}
		return true
	})
	assert.NotEmpty(t, declared)
	assert.ElementsMatch(t, declared, identity.Codes())
}

func TestDesignsCodesAreThere(t *testing.T) {
	for _, code := range fields(`alias_after_identify alias_twice alias_taken alias_is_current alias_is_anonymous_id identify_without_alias
		identify_resembles_alias switch_without_reset reset_every_page bad_id reserved_property event_name_resembles unknown_option unknown_method
		not_initialised opted_out storage_unavailable storage_full outbox_full event_rejected core_failed`) {
		assert.Contains(t, identity.Codes(), identity.Code(code))
	}
}

func TestWarningTakesItsArguments(t *testing.T) {
	w := identity.NewWarning(identity.IdentifyResemblesAlias, "jane@exmaple.com", "100%s", "100%s")
	assert.Contains(t, w.What, "identify(jane@exmaple.com)")
	assert.Contains(t, w.What, "100%s")
	assert.Contains(t, w.Mend, "identify(100%s)")
	assert.Equal(t, []string{"jane@exmaple.com", "100%s", "100%s"}, w.Args)
	assert.Equal(t, "#warning-identify_resembles_alias", w.Anchor())
}

func TestWarningWithoutALikenessEndsWell(t *testing.T) {
	w := identity.NewWarning(identity.UnknownOption, "flavour", "")
	assert.Equal(t, "The option flavour is not known.", w.What)
}
