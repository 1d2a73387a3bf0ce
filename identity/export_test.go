package identity

import "unsafe"

// CountComparisons returns the number of comparisons that the forest makes from now on. It makes at most two for each rotation.
func (g *Graph) CountComparisons() *int {
	count, less := 0, g.forest.less
	g.forest.less = func(v, w int32) bool {
		count++
		return less(v, w)
	}
	return &count
}

// Steps returns the number of ids that Resolve follows before it finds the original or asks the forest.
func (g *Graph) Steps(id string) int {
	steps, followed := 0, 0
	for n := g.ids[id]; g.nodes[n].shortcut != none && followed <= maxChainSteps; steps++ {
		if g.nodes[n].shortcutCuts == g.cutCount {
			n = g.nodes[n].shortcut
		} else {
			n = g.nodes[n].target
			followed++
		}
	}
	return steps
}

// NodeBytes is the size of an id in a graph, without its text and its vertex in the forest.
const NodeBytes = int(unsafe.Sizeof(node{}))

// SearchSteps returns the maximum number of names that a search in p compares.
func SearchSteps(p *Properties) int {
	p.indexOf("")
	if p.hashIndex != nil {
		return 1
	}
	return len(p.items)
}
