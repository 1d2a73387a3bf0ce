package identity

// index says where in a bag a name is: a hash table whose slots hold the places, counted from 1. Go's own maps are eight kilobytes of a page.
type hashIndex []int32

// newIndex makes the index of the properties, with room for as many again.
func newHashIndex(items []property) hashIndex {
	slots := 1
	for slots < 4*len(items) {
		slots *= 2
	}
	x := make(hashIndex, slots)
	for i := range items {
		x.add(items, i)
	}
	return x
}

// add adds the property at i, or reports that too many slots are taken.
func (x hashIndex) add(items []property, i int) bool {
	if 2*i >= len(x) {
		return false
	}
	slot := x.firstSlot(items[i].name)
	for x[slot] != 0 {
		slot = (slot + 1) & (len(x) - 1)
	}
	x[slot] = int32(i + 1)
	return true
}

// find returns the place of a name, -1 where there is none.
func (x hashIndex) find(items []property, name string) int {
	for slot := x.firstSlot(name); x[slot] != 0; slot = (slot + 1) & (len(x) - 1) {
		if i := int(x[slot]) - 1; i < len(items) && items[i].name == name {
			return i
		}
	}
	return -1
}

// slot is where the search for a name begins: FNV-1a, whose high bits are mixed into the low ones.
func (x hashIndex) firstSlot(name string) int {
	hash := uint64(14695981039346656037)
	for i := range len(name) {
		hash = (hash ^ uint64(name[i])) * 1099511628211
	}
	return int(hash^hash>>32) & (len(x) - 1)
}
