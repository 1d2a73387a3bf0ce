package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity"
)

// Claims reads claims. It includes every claim that Store has returned from.
type Claims interface {
	people.Claims
	// Holders returns the distinct_ids of the claims that hold, by alias; an alias that nobody has claimed is not in it.
	Holders(ctx context.Context, token string, aliases []string) (map[string]string, error)
}

// MaxChain is how many claims ClaimsAbove follows. An id in a longer chain is resolved to where that ends.
const MaxChain = 100_000

// Side is one of the two ids that a claim connects.
type Side int

// The sides of a claim.
const (
	ByAlias Side = iota
	ByDistinctID
)

// ClaimReader is what ClaimsAround and Members ask of a database.
type ClaimReader interface {
	// ClaimsAbove is as in people.Claims.
	ClaimsAbove(ctx context.Context, token string, ids []string) ([]identity.Claim, error)
	// Lost returns claims that lost and have one of these ids on that side, at most limit.
	Lost(ctx context.Context, by Side, token string, ids []string, limit int) ([]identity.Claim, error)
	// AliasesOf returns the aliases that the claims which hold give to an id, by name, those after after, at most limit.
	AliasesOf(ctx context.Context, token, id, after string, limit int) ([]string, error)
}

// ClaimsAround returns what leads from these ids to their person's original distinct_id, the claims that lost to one of these ids or were made
// by one, at most limit of each kind, and what leads from the ids in those to their persons. That is what identity.Graph needs to tell how these
// ids are connected, and which claims contradict it. more is true where there are other claims that lost.
func ClaimsAround(ctx context.Context, c ClaimReader, token string, ids []string, limit int) (claims []identity.Claim, more bool, err error) {
	named := slices.Clone(ids)
	for _, side := range []Side{ByAlias, ByDistinctID} {
		some, err := c.Lost(ctx, side, token, ids, limit+1)
		if err != nil {
			return nil, false, err
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

// Members returns ids of the person whose original distinct_id is given, at most limit: each id before those that are aliases of it, and
// aliases of the same id by name. after is "" for the first page, which begins with the original, else the last id of the page before.
// It costs what it returns, and one step for each alias between after and the original.
func Members(ctx context.Context, c ClaimReader, token, original, after string, limit int) (ids []string, err error) {
	path := []branch{{id: original}}
	if after == "" {
		ids = append(ids, original)
	} else if path, err = pathTo(ctx, c, token, original, after); err != nil {
		return nil, err
	}
	for len(ids) < limit && len(path) > 0 {
		at := &path[len(path)-1]
		if len(at.ahead) == 0 && !at.complete {
			if err := at.readAhead(ctx, c, token, limit-len(ids)); err != nil {
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

func (b *branch) readAhead(ctx context.Context, c ClaimReader, token string, limit int) (err error) {
	b.ahead, err = c.AliasesOf(ctx, token, b.id, b.last, limit)
	b.complete = len(b.ahead) < limit
	return err
}

// pathTo returns the ids from the original down to id.
func pathTo(ctx context.Context, c ClaimReader, token, original, id string) (path []branch, err error) {
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

// IDsOfPerson returns all ids of the person that an id belongs to, the original first and each before its aliases.
func IDsOfPerson(ctx context.Context, claims people.Claims, token, id string) ([]string, error) {
	above, err := claims.ClaimsAbove(ctx, token, []string{id})
	if err != nil {
		return nil, err
	}
	return AllMembers(ctx, claims, token, people.NewGraph(above).Resolve(id))
}

// AllMembers returns all ids of a person. It does not ask for pages: each of them would follow the aliases up to the original again.
func AllMembers(ctx context.Context, claims people.Claims, token, original string) ([]string, error) {
	ids, err := claims.Members(ctx, token, original, "", math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("list a person's ids: %w", err)
	}
	return ids, nil
}
