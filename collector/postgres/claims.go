package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/store"
	"github.com/throughline/throughline/identity"
)

// Of the claims to one alias the one that was accepted first holds, so only that one is followed upwards. UNION drops a claim that was found
// before, which ends circles; identity.Graph decides where a circle is cut. The LIMIT, of ClaimsAbove, bounds what a chain costs that somebody
// made long on purpose.
const (
	claimColumnsSQL = `alias, distinct_id, seq, time_ms, insert_id`
	claimsAboveSQL  = `WITH RECURSIVE up AS (
			SELECT c.* FROM unnest($2::text[]) AS asked(id), LATERAL (
				SELECT project, ` + claimColumnsSQL + ` FROM claims WHERE project = ` + projectSQL + ` AND alias = asked.id AND first LIMIT 1) AS c
			UNION SELECT c.* FROM up, LATERAL (
				SELECT project, ` + claimColumnsSQL + ` FROM claims WHERE project = up.project AND alias = up.distinct_id AND first LIMIT 1) AS c)
		SELECT ` + claimColumnsSQL + ` FROM up LIMIT $3`
	holdersSQL = `SELECT alias, distinct_id FROM claims WHERE project = ` + projectSQL + ` AND alias = ANY($2::text[]) AND first`
	lostToSQL  = `SELECT ` + claimColumnsSQL + ` FROM claims WHERE project = ` + projectSQL + ` AND alias = ANY($2::text[]) AND NOT first LIMIT $3`
	lostBySQL  = `SELECT ` + claimColumnsSQL + ` FROM claims WHERE project = ` + projectSQL + ` AND distinct_id = ANY($2::text[]) AND NOT first LIMIT $3`
	aliasesSQL = `SELECT alias FROM claims WHERE project = ` + projectSQL + ` AND distinct_id = $2 AND first AND alias > $3 ORDER BY alias LIMIT $4`
)

// queryFunc is query, on one pool or within a transaction.
type queryFunc func(ctx context.Context, to []any, scan func(), sql string, args ...any) error

// claims reads claims. Nothing of them is held in memory.
type claims struct{ query queryFunc }

// Claims implements store.Store.
func (s *Store) Claims() store.Claims {
	return claims{func(ctx context.Context, to []any, scan func(), sql string, args ...any) error {
		return query(ctx, s.readers, to, scan, sql, args...)
	}}
}

// ReservedClaims implements store.Store.
func (s *Store) ReservedClaims() store.Claims {
	return claims{func(ctx context.Context, to []any, scan func(), sql string, args ...any) error {
		return query(ctx, s.reserved, to, scan, sql, args...)
	}}
}

// claimsIn reads the claims as a transaction sees them.
func claimsIn(tx pgx.Tx) claims {
	return claims{func(ctx context.Context, to []any, scan func(), sql string, args ...any) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, to, func() error { scan(); return nil })
		return err
	}}
}

func (c claims) read(ctx context.Context, sql, token string, ids []string, limit int) (found []identity.Claim, err error) {
	var claim identity.Claim
	err = c.query(ctx, []any{&claim.Alias, &claim.DistinctID, &claim.Seq, &claim.TimeMS, &claim.InsertID},
		func() { found = append(found, claim) }, sql, clean(token), cleanAll(ids), limit)
	return found, err
}

// ClaimsAbove implements people.Claims.
func (c claims) ClaimsAbove(ctx context.Context, token string, ids []string) ([]identity.Claim, error) {
	found, err := c.read(ctx, claimsAboveSQL, token, ids, store.MaxChain)
	if err != nil {
		return nil, fmt.Errorf("read the aliases above: %w", err)
	}
	return found, nil
}

// Holders implements store.Claims.
func (c claims) Holders(ctx context.Context, token string, aliases []string) (map[string]string, error) {
	holders := make(map[string]string, len(aliases))
	var alias, holder string
	err := c.query(ctx, []any{&alias, &holder}, func() { holders[alias] = holder }, holdersSQL, clean(token), cleanAll(aliases))
	if err != nil {
		return nil, fmt.Errorf("read who has an alias: %w", err)
	}
	return holders, nil
}

// ClaimsAround implements people.Claims.
func (c claims) ClaimsAround(ctx context.Context, token string, ids []string, limit int) (found []identity.Claim, more bool, err error) {
	return store.ClaimsAround(ctx, c, token, ids, limit)
}

// Lost implements store.ClaimReader.
func (c claims) Lost(ctx context.Context, by store.Side, token string, ids []string, limit int) ([]identity.Claim, error) {
	found, err := c.read(ctx, map[store.Side]string{store.ByAlias: lostToSQL, store.ByDistinctID: lostBySQL}[by], token, ids, limit)
	if err != nil {
		return nil, fmt.Errorf("read the aliases around: %w", err)
	}
	return found, nil
}

// Members implements people.Claims.
func (c claims) Members(ctx context.Context, token, original, after string, limit int) ([]string, error) {
	return store.Members(ctx, c, token, original, after, limit)
}

// AliasesOf implements store.ClaimReader.
func (c claims) AliasesOf(ctx context.Context, token, id, after string, limit int) (aliases []string, err error) {
	var alias string
	err = c.query(ctx, []any{&alias}, func() { aliases = append(aliases, alias) }, aliasesSQL, clean(token), clean(id), clean(after), limit)
	if err != nil {
		return nil, fmt.Errorf("read the aliases of an id: %w", err)
	}
	return aliases, nil
}
