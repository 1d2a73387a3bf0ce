package sqlite

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// The SQL in docs/collector.md runs on a collector's database, and finds what is there.
func TestDocumentedSQL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "throughline.db")
	s := openStore(t, path)
	paid := event.Event{Token: "T", Name: "Paid", DistinctID: "jane", InsertID: "i", SentMS: 1767225600000, Properties: `{"price":12.5}`}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{paid}}))
	conn, err := sqlite3.Open("file:" + path + "?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()

	text, err := os.ReadFile("../../docs/collector.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(text, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		query, _, err := conn.Prepare(string(block[1]))
		require.NoError(t, err, "%s", block[1])
		assert.True(t, query.Step(), "%s finds nothing", block[1])
		require.NoError(t, query.Close())
	}
}
