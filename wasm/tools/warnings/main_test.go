package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestDocumentationIsUpToDate(t *testing.T) {
	page, err := os.ReadFile("../../../docs/warnings.md")
	require.NoError(t, err)
	updated, err := withTable(string(page))
	require.NoError(t, err)
	assert.Equal(t, updated, string(page), "run: go run ./wasm/tools/warnings -markdown docs/warnings.md")
}

func TestShimTextsAreUpToDate(t *testing.T) {
	text, err := os.ReadFile("../../../js/src/warnings.json")
	require.NoError(t, err)
	var texts map[identity.Code]struct{ What, Mend string }
	require.NoError(t, json.Unmarshal(text, &texts))
	require.Len(t, texts, len(shimCodes))
	for _, d := range identity.Descriptions() {
		if known, ok := texts[d.Code]; ok {
			assert.Equal(t, d.What, known.What, "run: go run ./wasm/tools/warnings -json > js/src/warnings.json")
			assert.Equal(t, d.Mend, known.Mend)
		}
	}
}

func TestPageWithoutMarkersIsRejected(t *testing.T) {
	_, err := withTable("# Throughline\n")
	assert.ErrorContains(t, err, "lacks")
}
