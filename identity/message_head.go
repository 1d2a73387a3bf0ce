package identity

import "github.com/throughline/throughline/identity/jsontext"

// common is what all events of this visitor on this page have in common. It is made once and kept until the page, the visitor or a super
// property changes, so that an event pays only for what is its own.
type messageHead struct {
	built           bool
	properties      Properties // page and super properties
	identityMembers []byte     // token, device and user id, as members of an object with a comma behind each
	text            string     // what an event of this visitor begins with
	mayNeedFilter   [256]bool  // by markOf: names that a call may not use as they are, for they are there, reserved or blocked
}

// markOf sorts names roughly, so that most need no comparison with any other.
func nameHash(name string) byte {
	if name == "" {
		return 0
	}
	return byte(len(name)*31) + name[0]*7 + name[len(name)-1]
}

func (v *Visitor) currentHead() *messageHead {
	c := &v.head
	if c.built {
		return c
	}
	c.built, c.properties = true, v.inheritedProperties()
	r := &v.record
	c.identityMembers = make([]byte, 0, len(v.config.Token)+len(r.DeviceID)+len(r.UserID)+len(`"token":"","$device_id":"","$user_id":"",`))
	c.identityMembers = appendStringMember(c.identityMembers, "token", v.config.Token)
	if r.DeviceID != "" {
		c.identityMembers = appendStringMember(c.identityMembers, "$device_id", r.DeviceID)
	}
	if r.UserID != "" {
		c.identityMembers = appendStringMember(c.identityMembers, "$user_id", r.UserID)
	}
	c.properties.Each(func(name, _ string) bool {
		c.mayNeedFilter[nameHash(name)] = true
		return true
	})
	for _, name := range reservedProperties {
		c.mayNeedFilter[nameHash(name)] = true
	}
	for _, name := range v.config.Blocklist {
		c.mayNeedFilter[nameHash(name)] = true
	}
	c.text = c.buildHead(&Properties{}, r.DistinctID)
	return c
}

// headExcept makes the head of a message: the event object up to the properties that are the message's own, without what they override.
func (c *messageHead) buildHead(overrides *Properties, distinctID string) string {
	bytes := len(headPrefix) + len(c.identityMembers) + len(distinctID) + len(`"distinct_id":"",`)
	c.properties.Each(func(name, raw string) bool {
		bytes += len(name) + len(raw) + len(`"":,`)
		return true
	})
	b := append(make([]byte, 0, bytes), headPrefix...)
	c.properties.Each(func(name, raw string) bool {
		if overrides.indexOf(name) < 0 {
			b = append(appendMember(b, name, raw), ',')
		}
		return true
	})
	return jsontext.Text(appendStringMember(append(b, c.identityMembers...), "distinct_id", distinctID))
}

const headPrefix = `{"properties":{`

func (v *Visitor) inheritedProperties() Properties {
	r := &v.record
	all := Properties{items: make([]property, 0, v.pageProperties.Len()+r.Super.Len()+2)}
	set := func(name, raw string) bool {
		if !v.isBlocked(name) && !isReserved(name) {
			all.Set(name, raw)
		}
		return true
	}
	v.pageProperties.Each(set)
	if r.InitialReferrer != "" {
		set("$initial_referrer", jsontext.Quote(r.InitialReferrer))
		set("$initial_referring_domain", jsontext.Quote(r.InitialReferringDomain))
	}
	r.Super.Each(set)
	return all
}

func (v *Visitor) isBlocked(name string) bool { return v.blocklist.indexOf(name) >= 0 }

// setOf makes a set of names: a list as long as a page likes is looked through once, and not for every property.
func nameSet(names []string) Properties {
	var set Properties
	for _, name := range names {
		set.Set(name, "")
	}
	return set
}

func containsString(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}
