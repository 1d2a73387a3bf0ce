// Package people knows who is who, project by project: identity.Graph, fed with the stored claims; and what profile updates add up to.
package people

import (
	"sync"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

// Directory holds a graph for each project that has aliases. It is safe for concurrent use.
type Directory struct {
	mu       sync.Mutex // not RWMutex: a Graph rearranges itself when it is read
	projects map[string]*project
}

type project struct {
	graph *identity.Graph
	moves uint64
}

// NewDirectory returns a Directory in which everybody is alone.
func NewDirectory() *Directory { return &Directory{projects: map[string]*project{}} }

// Add takes claims, in any order.
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

// Resolve returns the original distinct_id of an id's person.
func (d *Directory) Resolve(token, id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.projects[token]; p != nil {
		return p.graph.Resolve(id)
	}
	return id
}

// Moves grows whenever ids of a project move to another person: as long as it is the same, so are all of Resolve's answers.
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
