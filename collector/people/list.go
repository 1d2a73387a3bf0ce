package people

import (
	"bytes"
	"encoding/json"
)

// list is a list of a profile: each change of it takes about the same time, however long it is.
type list struct {
	items   []json.RawMessage // nil where an item was removed
	places  map[string][]int  // of the items, by their text; nil until they are asked for
	removed int
	bytes   int
}

// itemOverhead is what an item takes besides its text, about, in bytes.
const itemOverhead = 32

// newList returns a list of items, without the white space between their parts: with it, items that are equal may have different texts, and a
// summary has none.
func newList(items []json.RawMessage) *list {
	l := &list{}
	for _, item := range items {
		if bytes.ContainsAny(item, " \t\r\n") {
			var compact bytes.Buffer
			if json.Compact(&compact, item) == nil {
				item = compact.Bytes()
			}
		}
		l.add(item)
	}
	return l
}

func (l *list) add(item json.RawMessage) {
	if l.places != nil {
		l.places[string(item)] = append(l.places[string(item)], len(l.items))
	}
	l.items = append(l.items, item)
	l.bytes += itemOverhead + len(item)
}

// addOnce adds an item unless the list has one that is equal, byte by byte.
func (l *list) addOnce(item json.RawMessage) {
	l.find()
	if len(l.places[string(item)]) == 0 {
		l.add(item)
	}
}

// remove removes all items that are equal to this one.
func (l *list) remove(item json.RawMessage) {
	l.find()
	for _, place := range l.places[string(item)] {
		l.items[place] = nil
		l.removed++
		l.bytes -= itemOverhead + len(item)
	}
	delete(l.places, string(item))
	if l.removed > len(l.items)/2 {
		*l = list{items: l.remaining(), bytes: l.bytes}
	}
}

// find indexes the items.
func (l *list) find() {
	if l.places != nil {
		return
	}
	l.places = make(map[string][]int, len(l.items))
	for place, item := range l.items {
		if item != nil {
			l.places[string(item)] = append(l.places[string(item)], place)
		}
	}
}

// remaining returns the items that were not removed.
func (l *list) remaining() []json.RawMessage {
	items := make([]json.RawMessage, 0, len(l.items)-l.removed)
	for _, item := range l.items {
		if item != nil {
			items = append(items, item)
		}
	}
	return items
}
