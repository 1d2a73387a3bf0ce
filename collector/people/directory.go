// Package people resolves ids to persons, project by project, with identity.Graph built from the stored claims; and it computes profiles
// from profile updates. It holds no events and reads no database: the caller passes claims and updates in. Read Directory, then Profile.
package people

import (
	"sync"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

// Directory holds a graph for each project that has aliases. It is safe for concurrent use.
type Directory struct {
	mu       sync.Mutex // not RWMutex, because reading a Graph reorganizes it
	projects map[string]*project
}

type project struct {
	graph *identity.Graph
	moves uint64
}

// NewDirectory returns a Directory without claims: every id is its own person.
func NewDirectory() *Directory { return &Directory{projects: map[string]*project{}} }

// Add adds claims, in any order.
func (d *Directory) Add(claims ...event.Claim) {
	if len(claims) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range claims {
		p := d.projects[c.Token]
		if p == nil {
			p = &project{graph: identity.NewGraph()}
			d.projects[c.Token] = p
		}
		if p.graph.Add(c.Claim).Moved {
			p.moves++
		}
	}
}

// Resolve returns the original distinct_id of the person that an id belongs to.
func (d *Directory) Resolve(token, id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.projects[token]; p != nil {
		return p.graph.Resolve(id)
	}
	return id
}

// Moves returns a counter that grows whenever ids of the project move to another person. While it is unchanged, so are all results of
// Resolve.
func (d *Directory) Moves(token string) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.projects[token]; p != nil {
		return p.moves
	}
	return 0
}

// Person returns the person that an id belongs to.
func (d *Directory) Person(token, id string) identity.Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.projects[token]; p != nil {
		return p.graph.Person(id)
	}
	return identity.NewGraph().Person(id)
}
