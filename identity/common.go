package identity

import "github.com/throughline/throughline/identity/jsontext"

// common is what all events of this visitor on this page have in common. It is made once and kept until the page, the visitor or a super
// property changes, so that an event pays only for what is its own.
type common struct {
	made bool
	bag  Properties // page and super properties
	who  []byte     // token, device and user id, as members of an object with a comma behind each
	head string     // what an event of this visitor begins with
	odd  [256]bool  // by markOf: names that a call may not use as they are, for they are there, reserved or blocked
}

// markOf sorts names roughly, so that most need no comparison with any other.
func markOf(name string) byte {
	if name == "" {
		return 0
	}
	return byte(len(name)*31) + name[0]*7 + name[len(name)-1]
}

func (v *Visitor) commonText() *common {
	c := &v.common
	if c.made {
		return c
	}
	c.made, c.bag = true, v.baseProperties()
	r := &v.record
	c.who = make([]byte, 0, len(v.config.Token)+len(r.DeviceID)+len(r.UserID)+len(`"token":"","$device_id":"","$user_id":"",`))
	c.who = appendText(c.who, "token", v.config.Token)
	if r.DeviceID != "" {
		c.who = appendText(c.who, "$device_id", r.DeviceID)
	}
	if r.UserID != "" {
		c.who = appendText(c.who, "$user_id", r.UserID)
	}
	c.bag.Each(func(name, _ string) bool {
		c.odd[markOf(name)] = true
		return true
	})
	for _, name := range reserved {
		c.odd[markOf(name)] = true
	}
	for _, name := range v.config.Blocklist {
		c.odd[markOf(name)] = true
	}
	c.head = c.headExcept(&Properties{}, r.DistinctID)
	return c
}

// headExcept makes the head of a message: the event object up to the properties that are the message's own, without what they override.
func (c *common) headExcept(overrides *Properties, distinctID string) string {
	bytes := len(headStart) + len(c.who) + len(distinctID) + len(`"distinct_id":"",`)
	c.bag.Each(func(name, raw string) bool {
		bytes += len(name) + len(raw) + len(`"":,`)
		return true
	})
	b := append(make([]byte, 0, bytes), headStart...)
	c.bag.Each(func(name, raw string) bool {
		if overrides.index(name) < 0 {
			b = append(appendMember(b, name, raw), ',')
		}
		return true
	})
	return jsontext.Text(appendText(append(b, c.who...), "distinct_id", distinctID))
}

const headStart = `{"properties":{`

func (v *Visitor) baseProperties() Properties {
	r := &v.record
	all := Properties{items: make([]property, 0, v.page.Len()+r.Super.Len()+2)}
	set := func(name, raw string) bool {
		if !v.blocked(name) && !isReserved(name) {
			all.Set(name, raw)
		}
		return true
	}
	v.page.Each(set)
	if r.InitialReferrer != "" {
		set("$initial_referrer", jsontext.Quote(r.InitialReferrer))
		set("$initial_referring_domain", jsontext.Quote(r.InitialReferringDomain))
	}
	r.Super.Each(set)
	return all
}

func (v *Visitor) blocked(name string) bool { return v.blocklist.index(name) >= 0 }

// setOf makes a set of names: a list as long as a page likes is looked through once, and not for every property.
func setOf(names []string) Properties {
	var set Properties
	for _, name := range names {
		set.Set(name, "")
	}
	return set
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}
