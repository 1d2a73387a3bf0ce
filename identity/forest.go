package identity

// forest is a set of rooted trees in which finding the root, linking and cutting take logarithmic time, amortised: the link/cut trees
// of Sleator and Tarjan (A Data Structure for Dynamic Trees, 1983), on splay trees. A union-find would do if claims never moved; but a
// graph may be fed in any order, and then a claim that was accepted earlier takes an alias away from the one that was fed earlier.
//
// Every vertex has a weight; the forest knows the greatest on the way from a vertex to its root.
type forest struct {
	nodes []splayNode
	less  func(v, w int32) bool // compares weights
}

// splayNode is a vertex in the splay tree of its preferred path, which is ordered by depth. At the top of a splay tree, up points to
// the vertex above the path. greatest is the vertex with the greatest weight in the splay tree below it, itself included.
type splayNode struct {
	up, left, right, subtreeMax int32
}

const none = int32(-1)

func (f *forest) addVertex() {
	f.nodes = append(f.nodes, splayNode{none, none, none, int32(len(f.nodes))})
}

// root returns the root of the tree that v is in.
func (f *forest) root(v int32) int32 {
	f.access(v)
	for f.nodes[v].left != none {
		v = f.nodes[v].left
	}
	f.splay(v)
	return v
}

// link hangs the tree whose root is v below w, a vertex of another tree.
func (f *forest) link(v, w int32) {
	f.access(v)
	f.nodes[v].up = w
}

// cut makes v the root of its own tree. A root stays one. Directly after it, v's weight may change.
func (f *forest) cut(v int32) {
	f.access(v)
	if left := f.nodes[v].left; left != none {
		f.nodes[left].up = none
		f.nodes[v].left = none
	}
	f.nodes[v].subtreeMax = v
}

// greatest returns the vertex with the greatest weight on the way from v to its root, both included.
func (f *forest) pathMax(v int32) int32 {
	f.access(v)
	return f.nodes[v].subtreeMax
}

// access makes the path from the root to v preferred, with v at the top of its splay tree and nothing deeper in it.
func (f *forest) access(v int32) {
	deeper := none
	for at := v; at != none; at = f.nodes[at].up {
		f.splay(at)
		f.nodes[at].right = deeper
		f.updateMax(at)
		deeper = at
	}
	f.splay(v)
}

// top reports whether v is the top of its splay tree.
func (f *forest) isSplayRoot(v int32) bool {
	up := f.nodes[v].up
	return up == none || (f.nodes[up].left != v && f.nodes[up].right != v)
}

func (f *forest) splay(v int32) {
	for !f.isSplayRoot(v) {
		up := f.nodes[v].up
		if !f.isSplayRoot(up) {
			above := f.nodes[up].up
			if (f.nodes[above].left == up) == (f.nodes[up].left == v) {
				f.rotate(up)
			} else {
				f.rotate(v)
			}
		}
		f.rotate(v)
	}
}

func (f *forest) rotate(v int32) {
	n := f.nodes
	up := n[v].up
	above := n[up].up
	if !f.isSplayRoot(up) {
		if n[above].left == up {
			n[above].left = v
		} else {
			n[above].right = v
		}
	}
	if n[up].left == v {
		f.setChild(up, &n[up].left, n[v].right)
		n[v].right = up
	} else {
		f.setChild(up, &n[up].right, n[v].left)
		n[v].left = up
	}
	n[up].up = v
	n[v].up = above
	n[v].subtreeMax = n[up].subtreeMax // v is now above the vertices that up was above.
	f.updateMax(up)
}

// pull brings greatest up to date after a change of the children.
func (f *forest) updateMax(v int32) {
	n := &f.nodes[v]
	n.subtreeMax = v
	if n.left != none && f.less(n.subtreeMax, f.nodes[n.left].subtreeMax) {
		n.subtreeMax = f.nodes[n.left].subtreeMax
	}
	if n.right != none && f.less(n.subtreeMax, f.nodes[n.right].subtreeMax) {
		n.subtreeMax = f.nodes[n.right].subtreeMax
	}
}

func (f *forest) setChild(parent int32, side *int32, child int32) {
	*side = child
	if child != none {
		f.nodes[child].up = parent
	}
}
