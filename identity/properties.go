package identity

import "github.com/throughline/throughline/identity/jsontext"

// Properties is an ordered bag of properties: name to value, the value as raw JSON text. The zero value is empty. A bag usually holds tens
// of them, which are searched one by one; a larger one keeps an index, so that its cost grows with what it holds and not with the square.
type Properties struct {
	items     []property
	hashIndex hashIndex // of a large bag that was asked for a name; nil until then
}

// fewProperties is how many are searched one by one: up to about so many, that is quicker than the index.
const maxLinearSearch = 48

type property struct{ name, raw string }

// ParseProperties reads a JSON object. Where a name comes twice the last one counts, as everywhere in JSON. Members before a syntax
// error are kept beside the error.
func ParseProperties(text string) (Properties, error) {
	var p Properties
	err := jsontext.Object(text, func(name, raw string) bool {
		p.Set(name, raw)
		return true
	})
	return p, err
}

// Set gives a property a value, in its old place where it has one.
func (p *Properties) Set(name, raw string) {
	if i := p.indexOf(name); i >= 0 {
		p.items[i].raw = raw
		return
	}
	p.items = append(p.items, property{name, raw})
	if p.hashIndex != nil && !p.hashIndex.add(p.items, len(p.items)-1) {
		p.hashIndex = nil // It is full: the next lookup makes a larger one.
	}
}

// SetString gives a property a string as its value.
func (p *Properties) SetString(name, value string) { p.Set(name, jsontext.Quote(value)) }

// Get returns a value as raw JSON text.
func (p *Properties) Get(name string) (raw string, ok bool) {
	if i := p.indexOf(name); i >= 0 {
		return p.items[i].raw, true
	}
	return "", false
}

// Delete removes a property, and reports whether there was one.
func (p *Properties) Delete(name string) bool {
	i := p.indexOf(name)
	if i < 0 {
		return false
	}
	p.items = append(p.items[:i:i], p.items[i+1:]...)
	p.hashIndex = nil
	return true
}

// dropFirst removes the properties that were set first, so many of them.
func (p *Properties) dropFirst(n int) {
	p.items = append([]property(nil), p.items[n:]...)
	p.hashIndex = nil
}

// Len returns how many properties there are.
func (p *Properties) Len() int { return len(p.items) }

// bytes returns how many bytes the names and values have.
func (p *Properties) byteSize() int {
	n := 0
	for _, item := range p.items {
		n += len(item.name) + len(item.raw)
	}
	return n
}

// Each calls yield with each property in order, until it returns false.
func (p *Properties) Each(yield func(name, raw string) bool) {
	for _, item := range p.items {
		if !yield(item.name, item.raw) {
			return
		}
	}
}

// Clone returns a copy that does not change with p.
func (p *Properties) Clone() Properties {
	return Properties{items: append([]property(nil), p.items...)}
}

// AppendJSON appends the bag to dst as a JSON object.
func (p *Properties) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, item := range p.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendMember(dst, item.name, item.raw)
	}
	return append(dst, '}')
}

func (p *Properties) indexOf(name string) int {
	if len(p.items) > maxLinearSearch {
		return p.hashedIndexOf(name)
	}
	for i, item := range p.items {
		if item.name == name {
			return i
		}
	}
	return -1
}

func (p *Properties) hashedIndexOf(name string) int {
	if p.hashIndex == nil {
		p.hashIndex = newHashIndex(p.items)
	}
	return p.hashIndex.find(p.items, name)
}

func appendMember(dst []byte, name, raw string) []byte {
	dst = append(jsontext.AppendQuote(dst, name), ':')
	return append(dst, raw...)
}
