package jsontext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity/jsontext"
)

func FuzzCutLine(f *testing.F) {
	f.Add("")
	f.Add("\n")
	f.Add("one line of more than eight bytes\nanother\n\n")
	f.Add("\x0b\x8a\x0a\x09")
	f.Fuzz(func(t *testing.T, text string) {
		before, after, found := strings.Cut(text, "\n")
		line, rest, more := jsontext.CutLine(text)
		require.Equal(t, []any{before, after, found}, []any{line, rest, more})
		first, second := jsontext.Cut(text, '\n')
		require.Equal(t, []string{before, after}, []string{first, second})
	})
}
