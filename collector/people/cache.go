package people

import (
	"strings"
	"sync"

	"github.com/throughline/throughline/collector/event"
)

// maxCached is how many ids a Directory keeps the persons of: with ids of usual length some three megabytes.
const maxCached = 10_000

// cache keeps which person an id belongs to. Claims are accepted in an order that never changes, so a claim that holds stays, and a new one can
// only move the ids of a person whose original distinct_id it names as its alias: forget drops those.
type cache struct {
	mu      sync.Mutex
	max     int
	changes uint64 // how often forget and clear were called
	clears  uint64 // how often clear was called
	persons map[name]string
	members map[name]map[string]struct{} // of a person: its ids in persons
}

// name is an id in a project.
type name struct{ token, id string }

func newCache(limit int) *cache {
	c := &cache{max: limit}
	c.empty()
	return c
}

func (c *cache) empty() { c.persons, c.members = map[name]string{}, map[name]map[string]struct{}{} }

// find returns the persons that are known, the ids of which none is, and what add needs to know of when that was.
func (c *cache) find(token string, ids []string) (persons Persons, unknown []string, asOf uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	persons = make(Persons, len(ids))
	for _, id := range ids {
		if person, known := c.persons[name{token, id}]; known {
			persons[id] = person
		} else {
			unknown = append(unknown, id)
		}
	}
	return persons, unknown, c.changes
}

// add keeps the persons of ids, unless a claim came since asOf: then nobody knows whether the answer includes it.
func (c *cache) add(token string, ids []string, persons Persons, asOf uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != asOf {
		return
	}
	if len(c.persons)+len(ids) > c.max {
		c.empty()
	}
	for _, id := range ids[:min(len(ids), c.max)] {
		// An id may be a part of a whole request, which it would keep in memory.
		id, person := strings.Clone(id), name{strings.Clone(token), strings.Clone(persons[id])}
		c.persons[name{person.token, id}] = person.id
		if c.members[person] == nil {
			c.members[person] = map[string]struct{}{}
		}
		c.members[person][id] = struct{}{}
	}
}

func (c *cache) changedSince(asOf uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes != asOf
}

// forget drops what claims may have changed.
func (c *cache) forget(claims []event.Claim) {
	if len(claims) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, claim := range claims {
		person := name{claim.Token, claim.Alias}
		for id := range c.members[person] {
			delete(c.persons, name{claim.Token, id})
		}
		delete(c.members, person)
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.clears++
	c.empty()
}

func (c *cache) cleared() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clears
}
