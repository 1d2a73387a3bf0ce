package identity

import "github.com/throughline/throughline/identity/jsontext"

// common is what all events of this visitor on this page have in common, as members of an object with a comma behind each. It is
// made once and kept until the page, the visitor or a super property changes, so that an event pays only for what is its own.
type common struct {
	made  bool
	base  []byte   // page and super properties
	names []string // of base
	who   []byte   // token, device and user id
	head  string   // what an event of this visitor begins with
}

func (v *Visitor) commonText() *common {
	c := &v.common
	if c.made {
		return c
	}
	c.made = true
	c.base = make([]byte, 0, 1024)
	v.eachBase(func(name, raw string) bool {
		c.base = append(appendMember(c.base, name, raw), ',')
		c.names = append(c.names, name)
		return true
	})
	c.who = appendText(nil, "token", v.config.Token)
	if v.record.DeviceID != "" {
		c.who = appendText(c.who, "$device_id", v.record.DeviceID)
	}
	if v.record.UserID != "" {
		c.who = appendText(c.who, "$user_id", v.record.UserID)
	}
	c.head = c.headOf(c.base, v.record.DistinctID)
	return c
}

// headOf makes the head of a message: the event object up to the properties that are the message's own.
func (c *common) headOf(base []byte, distinctID string) string {
	b := make([]byte, 0, len(headStart)+len(base)+len(c.who)+len(distinctID)+32)
	b = append(append(append(b, headStart...), base...), c.who...)
	return textOfBytes(appendText(b, "distinct_id", distinctID))
}

const headStart = `{"properties":{`

// baseWithout leaves out the properties that a call overrides.
func (v *Visitor) baseWithout(overrides *Properties) []byte {
	text := make([]byte, 0, len(v.common.base))
	v.eachBase(func(name, raw string) bool {
		if _, overridden := overrides.Get(name); !overridden {
			text = append(appendMember(text, name, raw), ',')
		}
		return true
	})
	return text
}

func (v *Visitor) eachBase(yield func(name, raw string) bool) {
	var all Properties
	set := func(name, raw string) bool {
		if !v.blocked(name) && !isReserved(name) {
			all.Set(name, raw)
		}
		return true
	}
	v.page.Each(set)
	if v.record.InitialReferrer != "" {
		set("$initial_referrer", jsontext.Quote(v.record.InitialReferrer))
		set("$initial_referring_domain", jsontext.Quote(v.record.InitialReferringDomain))
	}
	v.record.Super.Each(set)
	all.Each(yield)
}

func (v *Visitor) blocked(name string) bool { return contains(v.config.Blocklist, name) }

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}
