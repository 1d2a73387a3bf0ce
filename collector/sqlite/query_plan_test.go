package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The queries of Live View and the API use an index and do not sort events, so that they cost the same with a million of them.
func TestQueriesUseIndexes(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "a.db"))
	defer func() { require.NoError(t, s.Close()) }()
	const events, one = "SEARCH events USING INDEX events_by_project", "SEARCH projects USING COVERING INDEX sqlite_autoindex_projects_1 (token=?)"
	tests := map[string]struct {
		sql  string
		args []any
		by   string
	}{
		"newest":       {newestSQL, []any{"t", 9, 1}, events + " (project=? AND rowid<?)"},
		"after":        {afterSQL, []any{"t", 9, 1}, events + " (project=? AND rowid>?)"},
		"nth newest":   {nthNewestSQL, []any{"t", 9}, "SEARCH events USING COVERING INDEX events_by_project (project=?)"},
		"recent ids":   {recentIDsSQL, []any{"t", 9}, events + " (project=?)"},
		"count":        {countOfSQL, []any{"t", "[]"}, "SEARCH visitors USING PRIMARY KEY (project=? AND distinct_id=?)"},
		"claims above": {claimsAboveSQL, []any{"t", "[]", 9}, "SEARCH c USING COVERING INDEX claims_by_alias (project=? AND alias=?)"},
		"holders":      {holdersSQL, []any{"t", "[]"}, "SEARCH claims USING INDEX claims_by_alias (project=? AND alias=?)"},
		"lost to":      {lostToSQL, []any{"t", "[]", 9}, "SEARCH claims USING INDEX claims_by_alias (project=? AND alias=?)"},
		"lost by":      {lostBySQL, []any{"t", "[]", 9}, "SEARCH claims USING INDEX sqlite_autoindex_claims_1 (project=? AND distinct_id=? AND first=?)"},
		"lost seqs to": {lostSeqsToSQL, []any{"t", "[]", 9}, "SEARCH claims USING INDEX claims_by_alias (project=? AND alias=?)"},
		"lost seqs by": {lostSeqsBySQL, []any{"t", "[]", 9}, "SEARCH claims USING COVERING INDEX sqlite_autoindex_claims_1 (project=? AND distinct_id=? AND first=?)"},
		"aliases of":   {aliasesOfSQL, []any{"t", "a", "", 9}, "SEARCH claims USING COVERING INDEX sqlite_autoindex_claims_1 (project=? AND distinct_id=? AND first=? AND alias>?)"},
		"updates":      {updatesOfSQL, []any{"t", "", "[]"}, "SEARCH updates USING COVERING INDEX updates_by_subject (project=? AND group_key=? AND subject=?)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var plan []string
			note := func(row *sqlite3.Stmt) bool { plan = append(plan, row.ColumnText(3)); return true }
			require.NoError(t, s.readers.query(t.Context(), note, "EXPLAIN QUERY PLAN "+test.sql, test.args...))
			assert.Contains(t, plan, test.by)
			assert.Contains(t, plan, one)
			assert.NotContains(t, plan, "USE TEMP B-TREE FOR ORDER BY")
			for _, step := range plan {
				assert.NotRegexp(t, `^SCAN (events|projects|visitors|updates|claims|c|f)( |$)`, step)
			}
		})
	}
}
