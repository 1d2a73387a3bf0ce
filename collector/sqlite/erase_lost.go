package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

const (
	lostSeqsToSQL = `SELECT seq FROM claims INDEXED BY claims_by_alias
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND alias IN (SELECT value FROM json_each(?2)) AND first = 0 LIMIT ?3`
	lostSeqsBySQL = `SELECT seq FROM claims
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND distinct_id IN (SELECT value FROM json_each(?2)) AND first = 0 LIMIT ?3`
	deleteClaimsSQL = `DELETE FROM claims WHERE seq IN (SELECT value FROM json_each(?))`
)

// lostAtOnce is how many claims that lost one transaction deletes. There may be millions to one id, because anybody can make them.
const lostAtOnce = 5000

// eraseLost deletes the claims to and by these ids that lost, in transactions of its own, until only few are left. They decide about nobody.
func (s *Store) eraseLost(ctx context.Context, token string, ids []string) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("list the ids: %w", err)
	}
	for _, sql := range []string{lostSeqsToSQL, lostSeqsBySQL} {
		for {
			var seqs []int64
			collect := func(row *sqlite3.Stmt) bool { seqs = append(seqs, row.ColumnInt64(0)); return true }
			if err := s.readers.query(ctx, collect, sql, token, string(list), lostAtOnce); err != nil {
				return fmt.Errorf("look for claims: %w", err)
			}
			if len(seqs) < lostAtOnce {
				break
			}
			found, err := json.Marshal(seqs)
			if err != nil {
				return fmt.Errorf("list the claims: %w", err)
			}
			if err := s.do(ctx, func(c *commit) error { return c.exec(deleteClaimsSQL, string(found)) }); err != nil {
				return fmt.Errorf("delete claims that lost: %w", err)
			}
		}
	}
	return nil
}
