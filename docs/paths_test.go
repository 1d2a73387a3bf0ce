// Package docs_test checks the documentation against the repository.
package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	// repositoryPath matches paths from the root of the repository. Others, such as those of URLs and packages, are not checked.
	repositoryPath = regexp.MustCompile(`^(identity|wasm|collector|js|docs|examples)(/\w[\w.-]*)+$`)
	goFile         = regexp.MustCompile(`^[\w-]+\.go$`)
	link           = regexp.MustCompile(`\]\(([^)#\s]+)`)
)

// pages returns the documentation by path from the root of the repository.
func pages(t *testing.T) map[string]string {
	files, err := filepath.Glob("*.md")
	require.NoError(t, err)
	texts := map[string]string{}
	for _, file := range append(files, "../README.md", "../js/README.md") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		texts[path.Join("docs", filepath.ToSlash(file))] = string(text)
	}
	require.Contains(t, texts, "docs/architecture.md")
	require.Contains(t, texts, "js/README.md")
	return texts
}

// missing returns the files that a page names and that root does not have. A Go file without a folder is one beside the file named
// before it: `wasm/outbox/outbox.go`, `store.go`.
func missing(root, page, text string) (names []string) {
	check := func(name, file string) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
			names = append(names, name)
		}
	}
	folder := "."
	for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
		switch name := span[1]; {
		case repositoryPath.MatchString(name):
			check(name, name)
			folder = path.Dir(name)
		case goFile.MatchString(name):
			check(name, path.Join(folder, name))
		}
	}
	for _, target := range link.FindAllStringSubmatch(text, -1) {
		if name := target[1]; !strings.Contains(name, "://") {
			check(name, path.Join(path.Dir(page), name))
		}
	}
	return names
}

func TestFilesNamedInTheDocumentationExist(t *testing.T) {
	for page, text := range pages(t) {
		assert.Empty(t, missing("..", page, text), page)
	}
}

func TestMissingFilesAreFound(t *testing.T) {
	const text = "`identity/graph.go`, `forest.go`, `wasm/tools`, `wasm/tools/...`, `api_host/track/`, [limits](limits.md#storage), " +
		"[Mixpanel](https://mixpanel.com/x.md) and, gone: `identity/common.go`, `losses.go`, `collector/gone`, [old](design.md)"
	assert.Equal(t, []string{"identity/common.go", "losses.go", "collector/gone", "design.md"}, missing("..", "docs/any.md", text))
}

// A warning is read in the console of a browser, far from the repository: the page that it names must be there.
func TestPagesNamedInWarningsExist(t *testing.T) {
	source, err := os.ReadFile("../identity/warning_table.go")
	require.NoError(t, err)
	named := regexp.MustCompile(`docs/[\w-]+\.md`).FindAllString(string(source), -1)
	assert.Contains(t, named, "docs/methods.md")
	for _, page := range named {
		assert.FileExists(t, filepath.Join("..", page))
	}
	assert.NotContains(t, string(source), "README", "it is a front door, and lists neither options nor methods")
}
