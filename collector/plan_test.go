package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlanOfARunningCollector(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("a-key-of-sixteen\n"), 0o600))
	p := start(t, filepath.Join(t.TempDir(), "events.db"), "--addr", "127.0.0.1:0", "--read-key", "@"+key)
	url := "http://" + p.addr
	response, err := http.Post(url+"/track?verbose=1", "application/json", strings.NewReader(`[{"event":"Bought","properties":{"token":"T","distinct_id":"d","item":"tea"}}]`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	made, ok := collector(t, "plan", "--url", url, "--token", "T", "--read-key", "@"+key)
	require.True(t, ok, made)
	assert.JSONEq(t, `{"events":{"Bought":{"properties":{"item":{"type":"string"}},"required":["item"]}}}`, made)
	made, ok = collector(t, "plan", "--url", url, "--token", "T", "--read-key", "a-key-of-sixteen", "--typescript")
	require.True(t, ok, made)
	assert.Contains(t, made, "item: string;")

	for wrong, args := range map[string][]string{
		"401":      {"--url", url, "--token", "T"},
		"--token":  {"--url", url},
		"one day":  {"--url", url, "--token", "T", "--days", "0"},
		"ask the":  {"--url", "http://127.0.0.1:1", "--token", "T"},
		"read the": {"--url", url, "--token", "T", "--read-key", "@/none"},
	} {
		output, ok := collector(t, append([]string{"plan"}, args...)...)
		assert.False(t, ok, wrong)
		assert.Contains(t, output, wrong)
	}
}
