package identity

import "github.com/throughline/throughline/identity/jsontext"

// Properties is an ordered set of properties: names with raw JSON values. The zero value is empty. It is not safe for concurrent use, not
// even for reading.
type Properties struct {
	items     []property
	hashIndex *hashIndex // of the names, if there are many; nil until it is needed
}

// maxLinearSearch is the number of properties up to which searching one by one is faster than the hash index. Most events have fewer.
const maxLinearSearch = 48

type property struct{ name, raw string }

// ParseProperties parses a JSON object. If it has two members of one name, the last one counts, as in JSON.parse. With a syntax error it
// also returns the members before the error.
func ParseProperties(text string) (p Properties, err error) {
	err = p.parse(text)
	return p, err
}

// parse is ParseProperties into properties that are empty before.
func (p *Properties) parse(text string) error {
	return jsontext.Object(text, func(name, raw string) bool {
		p.Set(name, raw)
		return true
	})
}

// Set sets the value of a property, raw JSON. An existing property keeps its position.
func (p *Properties) Set(name, raw string) {
	if i := p.indexOf(name); i >= 0 {
		p.items[i].raw = raw
		return
	}
	p.items = append(p.items, property{name, raw})
	if p.hashIndex != nil && !p.hashIndex.add(p.items, len(p.items)-1) {
		p.hashIndex = nil // It is full. The next search builds a larger one.
	}
}

// SetString sets the value of a property to a string.
func (p *Properties) SetString(name, value string) { p.Set(name, jsontext.Quote(value)) }

// Get returns the value of a property as raw JSON. ok is false if there is no such property.
func (p *Properties) Get(name string) (raw string, ok bool) {
	if i := p.indexOf(name); i >= 0 {
		return p.items[i].raw, true
	}
	return "", false
}

// Names returns the names of all properties, in their order.
func (p *Properties) Names() []string {
	names := make([]string, len(p.items))
	for i := range p.items {
		names[i] = p.items[i].name
	}
	return names
}

// Delete removes a property and reports whether it existed.
func (p *Properties) Delete(name string) bool {
	i := p.indexOf(name)
	if i < 0 {
		return false
	}
	p.items = append(p.items[:i:i], p.items[i+1:]...)
	p.hashIndex = nil
	return true
}

// dropFirst removes the first n properties.
func (p *Properties) dropFirst(n int) {
	p.items = append([]property(nil), p.items[n:]...)
	p.hashIndex = nil
}

// Len returns the number of properties.
func (p *Properties) Len() int { return len(p.items) }

// byteSize returns the length of all names and values together.
func (p *Properties) byteSize() int {
	n := 0
	for i := range p.items {
		n += len(p.items[i].name) + len(p.items[i].raw)
	}
	return n
}

// Each calls yield for each property, in order, until yield returns false.
func (p *Properties) Each(yield func(name, raw string) bool) {
	for _, item := range p.items {
		if !yield(item.name, item.raw) {
			return
		}
	}
}

// Clone returns an independent copy.
func (p *Properties) Clone() Properties {
	return Properties{items: append([]property(nil), p.items...)}
}

// AppendJSON appends the properties to dst as a JSON object and returns the extended slice.
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

// indexOf returns the position of a property in items, or -1.
func (p *Properties) indexOf(name string) int {
	if len(p.items) > maxLinearSearch {
		return p.hashedIndexOf(name)
	}
	for i := range p.items {
		if p.items[i].name == name {
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
