package tracker_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The numbers of methods are written in Go and in TypeScript, and must be the same.
func TestMethodNumbersMatchTheShim(t *testing.T) {
	names := func(path, list, name string) []string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		found := regexp.MustCompile(list).FindStringSubmatch(string(text))
		require.NotNil(t, found, path)
		var all []string
		for _, match := range regexp.MustCompile(name).FindAllStringSubmatch(found[1], -1) {
			all = append(all, match[1])
		}
		return all
	}
	ours := names("method.go", `(?s)const \(\n(.*?)\n\)`, `(?m)^\tMethod(\w+)`)
	theirs := names("../../js/src/border.ts", `(?s)enum Method \{(.*?)\}`, `(?m)^\s+(\w+),`)
	require.Greater(t, len(ours), 10)
	assert.Equal(t, theirs, ours)
}
