package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/store"
	"github.com/throughline/throughline/identity"
)

// Of the claims to one alias the one that was accepted first holds, so only that one is followed upwards. UNION drops a claim that was found
// before, which ends circles; identity.Graph decides where a circle is cut. The LIMIT, of ClaimsAbove, bounds what a chain costs that somebody
// made long on purpose.
const (
	claimsAboveSQL = `WITH RECURSIVE up(seq) AS (
			SELECT (SELECT min(c.seq) FROM claims AS c WHERE c.project = (SELECT id FROM projects WHERE token = ?1) AND c.alias = value)
				FROM json_each(?2)
			UNION SELECT (SELECT min(c.seq) FROM claims AS c WHERE c.project = f.project AND c.alias = f.distinct_id)
				FROM up CROSS JOIN claims AS f ON f.seq = up.seq
			LIMIT ?3)
		SELECT alias, distinct_id, c.seq, time_ms, insert_id FROM up CROSS JOIN claims AS c ON c.seq = up.seq`
	holdersSQL = `SELECT value, (SELECT distinct_id FROM claims
			WHERE project = (SELECT id FROM projects WHERE token = ?1) AND alias = value ORDER BY seq LIMIT 1) AS holder
		FROM json_each(?2) WHERE holder IS NOT NULL`
	lostToSQL = `SELECT alias, distinct_id, seq, time_ms, insert_id FROM claims
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND alias IN (SELECT value FROM json_each(?2)) AND first = 0 LIMIT ?3`
	lostBySQL = `SELECT alias, distinct_id, seq, time_ms, insert_id FROM claims
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND distinct_id IN (SELECT value FROM json_each(?2)) AND first = 0 LIMIT ?3`
	aliasesOfSQL = `SELECT alias FROM claims
		WHERE project = (SELECT id FROM projects WHERE token = ?1) AND distinct_id = ?2 AND first = 1 AND alias > ?3 ORDER BY alias LIMIT ?4`
)

// Claims reads claims. Nothing of them is held in memory.
type Claims struct{ readers querier }

// querier runs a statement and calls yield with each row until it returns false.
type querier interface {
	query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) error
}

// Claims returns the claims, read by the same connections as events are.
func (s *Store) Claims() store.Claims { return Claims{s.readers} }

// ReservedClaims returns the claims, read by a connection of its own, so that what a client is answered does not wait for those who read.
func (s *Store) ReservedClaims() store.Claims { return Claims{s.reservedReader} }

// ClaimsAbove returns the claims that lead from each of these ids to its person's original distinct_id: all that identity.Graph needs to
// resolve them.
func (c Claims) ClaimsAbove(ctx context.Context, token string, ids []string) ([]identity.Claim, error) {
	claims, err := c.read(ctx, claimsAboveSQL, token, ids, store.MaxChain)
	if err != nil {
		return nil, fmt.Errorf("read the aliases above: %w", err)
	}
	return claims, nil
}

// Holders returns the distinct_ids of the claims that hold, by alias; an alias that nobody has claimed is not in it.
func (c Claims) Holders(ctx context.Context, token string, aliases []string) (map[string]string, error) {
	list, err := json.Marshal(aliases)
	if err != nil {
		return nil, fmt.Errorf("list the aliases: %w", err)
	}
	holders := make(map[string]string, len(aliases))
	err = c.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		holders[row.ColumnText(0)] = row.ColumnText(1)
		return true
	}, holdersSQL, token, string(list))
	if err != nil {
		return nil, fmt.Errorf("read who has an alias: %w", err)
	}
	return holders, nil
}

// ClaimsAround implements people.Claims.
func (c Claims) ClaimsAround(ctx context.Context, token string, ids []string, limit int) (claims []identity.Claim, more bool, err error) {
	return store.ClaimsAround(ctx, c, token, ids, limit)
}

// Lost implements store.ClaimReader.
func (c Claims) Lost(ctx context.Context, by store.Side, token string, ids []string, limit int) ([]identity.Claim, error) {
	claims, err := c.read(ctx, map[store.Side]string{store.ByAlias: lostToSQL, store.ByDistinctID: lostBySQL}[by], token, ids, limit)
	if err != nil {
		return nil, fmt.Errorf("read the aliases around: %w", err)
	}
	return claims, nil
}

func (c Claims) read(ctx context.Context, sql, token string, ids []string, limit int) (claims []identity.Claim, err error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("list the ids: %w", err)
	}
	err = c.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		claims = append(claims, identity.Claim{
			Alias: row.ColumnText(0), DistinctID: row.ColumnText(1), Seq: row.ColumnInt64(2), TimeMS: row.ColumnInt64(3), InsertID: row.ColumnText(4),
		})
		return true
	}, sql, token, string(list), limit)
	return claims, err
}

// Members implements people.Claims.
func (c Claims) Members(ctx context.Context, token, original, after string, limit int) (ids []string, err error) {
	return store.Members(ctx, c, token, original, after, limit)
}

// AliasesOf implements store.ClaimReader.
func (c Claims) AliasesOf(ctx context.Context, token, id, after string, limit int) (aliases []string, err error) {
	err = c.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		aliases = append(aliases, row.ColumnText(0))
		return true
	}, aliasesOfSQL, token, id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the aliases of an id: %w", err)
	}
	return aliases, nil
}
