// Package people resolves ids to persons, project by project: it asks the store for the few claims that matter and lets identity.Graph decide;
// and it computes profiles from profile updates. It holds no events and no claims, only a bounded cache of answers. Read Directory, then
// Profile.
package people

import (
	"context"
	"fmt"
	"slices"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

// Claims reads claims from the store; package sqlite implements it.
type Claims interface {
	// ClaimsAbove returns the claims that lead from each of these ids to its person's original distinct_id.
	ClaimsAbove(ctx context.Context, token string, ids []string) ([]identity.Claim, error)
	// ClaimsAround returns what ClaimsAbove does, and the claims to or by these ids that lost, at most limit of each, with what leads from the
	// ids in those to their persons; more is true where there are other claims that lost.
	ClaimsAround(ctx context.Context, token string, ids []string, limit int) (claims []identity.Claim, more bool, err error)
	// Members returns at most limit ids of the person with that original distinct_id, those after the id after; "" begins with the original.
	// It returns event.ErrNotMember where after is none of the person's ids.
	Members(ctx context.Context, token, original, after string, limit int) ([]string, error)
}

// Directory tells which person an id belongs to. It is safe for concurrent use.
type Directory struct {
	claims Claims
	cache  *cache
}

// NewDirectory returns a Directory that asks these claims. Whoever stores claims must pass them to Add.
func NewDirectory(claims Claims) *Directory {
	return &Directory{claims: claims, cache: newCache(maxCached)}
}

// NewDirectoryWithoutCache returns a Directory that asks for every answer, so that it also includes claims that others have stored.
func NewDirectoryWithoutCache(claims Claims) *Directory {
	return &Directory{claims: claims, cache: newCache(0)}
}

// Add takes note of claims that were stored: what the Directory answers from now on includes them.
func (d *Directory) Add(claims ...event.Claim) { d.cache.forget(claims) }

// Reset takes note that claims were deleted.
func (d *Directory) Reset() { d.cache.clear() }

// Resets returns how often Reset was called. Persons that were resolved before a Reset may have come apart; otherwise persons only grow.
func (d *Directory) Resets() uint64 { return d.cache.cleared() }

// Persons are the original distinct_ids of ids. Of an id that is not in it nothing is known.
type Persons map[string]string

// Of returns the original distinct_id of the person that an id belongs to.
func (p Persons) Of(id string) string {
	if person, known := p[id]; known {
		return person
	}
	return id
}

// Resolve returns the persons of these ids, all as of one moment after the call began.
func (d *Directory) Resolve(ctx context.Context, token string, ids ...string) (Persons, error) {
	persons, unknown, asOf := d.cache.find(token, ids)
	if len(unknown) == 0 {
		return persons, nil
	}
	claims, err := d.claims.ClaimsAbove(ctx, token, unknown)
	if err == nil && len(persons) > 0 && d.cache.changedSince(asOf) {
		// What the cache knew may be older than what was read, and in between two persons may have become one.
		persons, unknown = Persons{}, ids
		claims, err = d.claims.ClaimsAbove(ctx, token, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("resolve ids: %w", err)
	}
	graph := NewGraph(claims)
	for _, id := range unknown {
		persons[id] = graph.Resolve(id)
	}
	d.cache.add(token, unknown, persons, asOf)
	return persons, nil
}

// Page is a part of a person: of its ids, with what belongs to them.
type Page struct {
	identity.Person
	Next          string // pass it to Person for the next page; "" where this is the last one
	MoreConflicts bool   // there are more conflicts about the ids of this page than it has
}

// Limits of a page of a person.
const (
	MaxPageIDs       = 1000
	maxPageConflicts = 1000
)

// Person returns the person that id belongs to, at most limit of its ids: all of them in the order in which they joined, or where there are more,
// the original first and then aliases below what they are aliases of. after is "" or the Next of the page before.
func (d *Directory) Person(ctx context.Context, token, id, after string, limit int) (Page, error) {
	persons, err := d.Resolve(ctx, token, id)
	if err != nil {
		return Page{}, err
	}
	original := persons.Of(id)
	ids, err := d.claims.Members(ctx, token, original, after, limit+1)
	if err != nil {
		return Page{}, fmt.Errorf("list a person's ids: %w", err)
	}
	page := Page{}
	if len(ids) > limit {
		ids = ids[:limit]
		page.Next = ids[limit-1]
	}
	claims, more, err := d.claims.ClaimsAround(ctx, token, ids, maxPageConflicts)
	if err != nil {
		return Page{}, fmt.Errorf("read a person's claims: %w", err)
	}
	page.MoreConflicts = more
	page.Person = restrict(NewGraph(claims).Person(original), ids)
	return page, nil
}

// restrict leaves of a person what belongs to these ids.
func restrict(p identity.Person, ids []string) identity.Person {
	listed := make(map[string]bool, len(ids))
	for _, id := range ids {
		listed[id] = true
	}
	p.IDs = slices.DeleteFunc(p.IDs, func(m identity.Member) bool { return !listed[m.DistinctID] })
	p.Conflicts = slices.DeleteFunc(p.Conflicts, func(c identity.Conflict) bool { return !listed[c.Alias] && !listed[c.DistinctID] })
	return p
}

// NewGraph returns the graph of these claims.
func NewGraph(claims []identity.Claim) *identity.Graph {
	graph := identity.NewGraph()
	for _, c := range claims {
		graph.Add(c)
	}
	return graph
}
