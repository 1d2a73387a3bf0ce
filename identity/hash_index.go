package identity

// hashIndex is a hash table with open addressing that finds properties by name. A slot has the position of a property in the list, plus 1,
// or 0 if it is empty. A Go map would add eight kilobytes to the program in the page.
type hashIndex []int32

// newHashIndex returns the index of items, with space for as many more.
func newHashIndex(items []property) *hashIndex {
	slots := 1
	for slots < 4*len(items) {
		slots *= 2
	}
	x := make(hashIndex, slots)
	for i := range items {
		x.add(items, i)
	}
	return &x
}

// add adds items[i]. It returns false, and adds nothing, if half of the slots are taken.
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

// find returns the position of the property in items, or -1.
func (x hashIndex) find(items []property, name string) int {
	for slot := x.firstSlot(name); x[slot] != 0; slot = (slot + 1) & (len(x) - 1) {
		if i := int(x[slot]) - 1; i < len(items) && items[i].name == name {
			return i
		}
	}
	return -1
}

// firstSlot returns the slot at which the search for a name begins. The hash is FNV-1a, with its high bits mixed into the low ones that
// select the slot.
func (x hashIndex) firstSlot(name string) int {
	hash := uint64(14695981039346656037)
	for i := range len(name) {
		hash = (hash ^ uint64(name[i])) * 1099511628211
	}
	return int(hash^hash>>32) & (len(x) - 1)
}
