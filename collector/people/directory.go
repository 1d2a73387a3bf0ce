// Package people knows which person each id belongs to, project by project: identity.Graph, fed with the stored aliases.
package people

import (
	"sync"

	"github.com/throughline/throughline/collector/sqlite"
	"github.com/throughline/throughline/identity"
)

// Directory holds a graph for each project. It is safe for concurrent use.
type Directory struct {
	mu     sync.Mutex
	graphs map[string]*identity.Graph
}

// NewDirectory returns a Directory in which everybody is alone.
func NewDirectory() *Directory {
	return &Directory{graphs: map[string]*identity.Graph{}}
}

// Add takes an alias. Events of other kinds change nothing.
func (d *Directory) Add(row sqlite.Row) identity.Change {
	if row.Alias == "" {
		return identity.Change{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	graph := d.graphs[row.Token]
	if graph == nil {
		graph = identity.NewGraph()
		d.graphs[row.Token] = graph
	}
	return graph.Add(identity.Claim{Alias: row.Alias, DistinctID: row.DistinctID, TimeMS: row.TimeMS, InsertID: row.InsertID})
}

// Resolve returns the original distinct_id of an id's person.
func (d *Directory) Resolve(token, id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if graph := d.graphs[token]; graph != nil {
		return graph.Resolve(id)
	}
	return id
}

// Person returns the person that an id belongs to.
func (d *Directory) Person(token, id string) identity.Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	graph := d.graphs[token]
	if graph == nil {
		graph = identity.NewGraph()
	}
	return graph.Person(id)
}
