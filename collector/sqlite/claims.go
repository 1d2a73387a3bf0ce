package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
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

// maxChain is how many claims ClaimsAbove follows. An id in a longer chain is resolved to where that ends.
const maxChain = 100_000

// Claims reads claims. Nothing of them is held in memory.
type Claims struct{ readers querier }

// querier runs a statement and calls yield with each row until it returns false.
type querier interface {
	query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) error
}

// Claims returns the claims, read by the same connections as events are.
func (s *Store) Claims() Claims { return Claims{s.readers} }

// ReservedClaims returns the claims, read by a connection of its own, so that what a client is answered does not wait for those who read.
func (s *Store) ReservedClaims() Claims { return Claims{s.reservedReader} }

// ClaimsAbove returns the claims that lead from each of these ids to its person's original distinct_id: all that identity.Graph needs to
// resolve them.
func (c Claims) ClaimsAbove(ctx context.Context, token string, ids []string) ([]identity.Claim, error) {
	claims, err := c.read(ctx, claimsAboveSQL, token, ids, maxChain)
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

// ClaimsAround returns what leads from these ids to their person's original distinct_id, the claims that lost to one of these ids or were made
// by one, at most limit of each kind, and what leads from the ids in those to their persons. That is what identity.Graph needs to tell how these
// ids are connected, and which claims contradict it. more is true where there are other claims that lost.
func (c Claims) ClaimsAround(ctx context.Context, token string, ids []string, limit int) (claims []identity.Claim, more bool, err error) {
	named := slices.Clone(ids)
	for _, sql := range []string{lostToSQL, lostBySQL} {
		some, err := c.read(ctx, sql, token, ids, limit+1)
		if err != nil {
			return nil, false, fmt.Errorf("read the aliases around: %w", err)
		}
		if len(some) > limit {
			some, more = some[:limit], true
		}
		for _, claim := range some {
			named = append(named, claim.Alias, claim.DistinctID)
		}
		claims = append(claims, some...)
	}
	above, err := c.ClaimsAbove(ctx, token, named)
	return append(claims, above...), more, err
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

// Members returns ids of the person whose original distinct_id is given, at most limit: each id before those that are aliases of it, and
// aliases of the same id by name. after is "" for the first page, which begins with the original, else the last id of the page before.
// It costs what it returns, and one step for each alias between after and the original.
func (c Claims) Members(ctx context.Context, token, original, after string, limit int) (ids []string, err error) {
	path := []branch{{id: original}}
	if after == "" {
		ids = append(ids, original)
	} else if path, err = c.pathTo(ctx, token, original, after); err != nil {
		return nil, err
	}
	for len(ids) < limit && len(path) > 0 {
		at := &path[len(path)-1]
		if len(at.ahead) == 0 && !at.complete {
			if err := c.readAhead(ctx, token, at, limit-len(ids)); err != nil {
				return nil, err
			}
		}
		if len(at.ahead) == 0 {
			path = path[:len(path)-1]
			continue
		}
		next := at.ahead[0]
		at.last, at.ahead = next, at.ahead[1:]
		if next != original { // The original's own claim may be the one that gave way in a circle.
			ids = append(ids, next)
			path = append(path, branch{id: next})
		}
	}
	return ids, nil
}

// branch is an id on the way down to the one that Members returned last, with the aliases of it that are still to be visited.
type branch struct {
	id       string
	last     string   // the alias that was visited last, "" for none
	ahead    []string // those that come next
	complete bool     // no others come after these
}

func (c Claims) readAhead(ctx context.Context, token string, at *branch, limit int) error {
	err := c.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		at.ahead = append(at.ahead, row.ColumnText(0))
		return true
	}, aliasesOfSQL, token, at.id, at.last, limit)
	if err != nil {
		return fmt.Errorf("read the aliases of an id: %w", err)
	}
	at.complete = len(at.ahead) < limit
	return nil
}

// pathTo returns the ids from the original down to id.
func (c Claims) pathTo(ctx context.Context, token, original, id string) (path []branch, err error) {
	claims, err := c.ClaimsAbove(ctx, token, []string{id})
	if err != nil {
		return nil, err
	}
	targets := make(map[string]string, len(claims))
	for _, claim := range claims {
		targets[claim.Alias] = claim.DistinctID
	}
	path = []branch{{id: id}}
	for at := id; at != original; {
		target, isAlias := targets[at]
		if !isAlias || len(path) > len(claims) {
			return nil, event.ErrNotMember
		}
		path = append(path, branch{id: target, last: at})
		at = target
	}
	slices.Reverse(path)
	return path, nil
}
