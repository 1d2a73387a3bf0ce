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
	up, left, right, greatest int32
}

const nobody = int32(-1)

func (f *forest) add() {
	f.nodes = append(f.nodes, splayNode{nobody, nobody, nobody, int32(len(f.nodes))})
}

// root returns the root of the tree that v is in.
func (f *forest) root(v int32) int32 {
	f.access(v)
	for f.nodes[v].left != nobody {
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
	if left := f.nodes[v].left; left != nobody {
		f.nodes[left].up = nobody
		f.nodes[v].left = nobody
	}
	f.nodes[v].greatest = v
}

// greatest returns the vertex with the greatest weight on the way from v to its root, both included.
func (f *forest) greatest(v int32) int32 {
	f.access(v)
	return f.nodes[v].greatest
}

// access makes the path from the root to v preferred, with v at the top of its splay tree and nothing deeper in it.
func (f *forest) access(v int32) {
	deeper := nobody
	for at := v; at != nobody; at = f.nodes[at].up {
		f.splay(at)
		f.nodes[at].right = deeper
		f.pull(at)
		deeper = at
	}
	f.splay(v)
}

// top reports whether v is the top of its splay tree.
func (f *forest) top(v int32) bool {
	up := f.nodes[v].up
	return up == nobody || (f.nodes[up].left != v && f.nodes[up].right != v)
}

func (f *forest) splay(v int32) {
	for !f.top(v) {
		up := f.nodes[v].up
		if !f.top(up) {
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
	if !f.top(up) {
		if n[above].left == up {
			n[above].left = v
		} else {
			n[above].right = v
		}
	}
	if n[up].left == v {
		f.adopt(up, &n[up].left, n[v].right)
		n[v].right = up
	} else {
		f.adopt(up, &n[up].right, n[v].left)
		n[v].left = up
	}
	n[up].up = v
	n[v].up = above
	n[v].greatest = n[up].greatest // v is now above the vertices that up was above.
	f.pull(up)
}

// pull brings greatest up to date after a change of the children.
func (f *forest) pull(v int32) {
	n := &f.nodes[v]
	n.greatest = v
	if n.left != nobody && f.less(n.greatest, f.nodes[n.left].greatest) {
		n.greatest = f.nodes[n.left].greatest
	}
	if n.right != nobody && f.less(n.greatest, f.nodes[n.right].greatest) {
		n.greatest = f.nodes[n.right].greatest
	}
}

func (f *forest) adopt(parent int32, side *int32, child int32) {
	*side = child
	if child != nobody {
		f.nodes[child].up = parent
	}
}
