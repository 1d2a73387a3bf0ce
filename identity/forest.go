package identity

// forest is a set of rooted trees whose vertices have weights. Finding a root, linking and cutting take amortized logarithmic time. It
// implements the link/cut trees of Sleator and Tarjan (A Data Structure for Dynamic Trees, 1983) with splay trees. A union-find structure
// is not enough, because it cannot cut: a graph may get claims in any order, so a claim can lose its alias to one that is added later.
type forest struct {
	nodes []splayNode
	less  func(v, w int32) bool // compares the weights of two vertices
}

// splayNode is a vertex. The vertices of a preferred path form a splay tree that is ordered by depth. In the root of a splay tree, up is
// the vertex above the path, in another splay tree. subtreeMax is the vertex with the greatest weight among this one and those below it in
// the splay tree.
type splayNode struct {
	up, left, right, subtreeMax int32
}

// none stands for no vertex.
const none = int32(-1)

// addVertex adds a vertex, which is a tree of its own.
func (f *forest) addVertex() {
	f.nodes = append(f.nodes, splayNode{none, none, none, int32(len(f.nodes))})
}

// root returns the root of the tree that contains v.
func (f *forest) root(v int32) int32 {
	f.access(v)
	for f.nodes[v].left != none {
		v = f.nodes[v].left
	}
	f.splay(v)
	return v
}

// link makes v, the root of a tree, a child of w, a vertex of another tree.
func (f *forest) link(v, w int32) {
	f.access(v)
	f.nodes[v].up = w
}

// cut makes v the root of its own tree, if it is not a root yet. The weight of v may change only directly after cut.
func (f *forest) cut(v int32) {
	f.access(v)
	if left := f.nodes[v].left; left != none {
		f.nodes[left].up = none
		f.nodes[v].left = none
	}
	f.nodes[v].subtreeMax = v
}

// pathMax returns the vertex with the greatest weight on the path from v to its root, both included.
func (f *forest) pathMax(v int32) int32 {
	f.access(v)
	return f.nodes[v].subtreeMax
}

// access makes the path from the root to v a preferred path that ends at v, with v as the root of its splay tree.
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

// isSplayRoot reports whether v is the root of its splay tree.
func (f *forest) isSplayRoot(v int32) bool {
	up := f.nodes[v].up
	return up == none || (f.nodes[up].left != v && f.nodes[up].right != v)
}

// splay rotates v to the root of its splay tree.
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

// rotate swaps v with its parent in the splay tree.
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
	n[v].subtreeMax = n[up].subtreeMax // The subtree of v is now the one that up had.
	f.updateMax(up)
}

// updateMax recomputes subtreeMax after the children of v have changed.
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

// setChild sets a child of parent; side points to its left or right.
func (f *forest) setChild(parent int32, side *int32, child int32) {
	*side = child
	if child != none {
		f.nodes[child].up = parent
	}
}
