package identity

import "unsafe"

// CountComparisons counts the forest's comparisons from now on: with each vertex that it turns, it makes two at most.
func (g *Graph) CountComparisons() *int {
	count, less := 0, g.forest.less
	g.forest.less = func(v, w int32) bool {
		count++
		return less(v, w)
	}
	return &count
}

// Steps is how many ids Resolve would meet on its way before it knows, or asks the forest.
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

// NodeBytes is what an id takes beside its text and its place in the forest.
const NodeBytes = int(unsafe.Sizeof(node{}))

// MostSearched is how many properties a lookup in a bag may compare a name with.
func MostSearched(p *Properties) int {
	p.indexOf("")
	if p.hashIndex != nil {
		return 1
	}
	return len(p.items)
}
