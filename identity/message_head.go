package identity

import "github.com/throughline/throughline/identity/jsontext"

// messageHead is the part that all messages of a visitor on a page have in common. It is built once and used until the page, the record or
// the configuration changes, so that the cost of a call depends only on the properties of the call.
type messageHead struct {
	isBuilt         bool
	properties      Properties // of the page, and super properties
	identityMembers []byte     // token, device id and user id: members of a JSON object, each followed by a comma
	text            string     // what the visitor's messages begin with: Message.Head
	// needsFilter has, by nameHash, the names that a call's properties cannot be copied with as they are: a name is in properties, reserved
	// or blocked. Names of the same hash are compared.
	needsFilter [256]bool
}

// nameHash is a weak but cheap hash of a property's name.
func nameHash(name string) byte {
	if name == "" {
		return 0
	}
	return byte(len(name)*31) + name[0]*7 + name[len(name)-1]
}

// currentHead returns the message head, and builds it if anything has changed.
func (v *Visitor) currentHead() *messageHead {
	h := &v.head
	if h.isBuilt {
		return h
	}
	h.isBuilt, h.properties = true, v.inheritedProperties()
	r := &v.record
	h.identityMembers = make([]byte, 0, len(v.config.Token)+len(r.DeviceID)+len(r.UserID)+len(`"token":"","$device_id":"","$user_id":"",`))
	h.identityMembers = appendStringMember(h.identityMembers, "token", v.config.Token)
	if r.DeviceID != "" {
		h.identityMembers = appendStringMember(h.identityMembers, "$device_id", r.DeviceID)
	}
	if r.UserID != "" {
		h.identityMembers = appendStringMember(h.identityMembers, "$user_id", r.UserID)
	}
	h.properties.Each(func(name, _ string) bool {
		h.needsFilter[nameHash(name)] = true
		return true
	})
	for _, name := range &reservedProperties {
		h.needsFilter[nameHash(name)] = true
	}
	for _, name := range v.config.Blocklist {
		h.needsFilter[nameHash(name)] = true
	}
	h.text = h.build(&Properties{}, r.DistinctID)
	return h
}

// build returns the text of a head with this distinct_id, without the properties that overrides has too.
func (h *messageHead) build(overrides *Properties, distinctID string) string {
	bytes := len(headPrefix) + len(h.identityMembers) + len(distinctID) + len(`"distinct_id":"",`)
	h.properties.Each(func(name, raw string) bool {
		bytes += len(name) + len(raw) + len(`"":,`)
		return true
	})
	b := append(make([]byte, 0, bytes), headPrefix...)
	h.properties.Each(func(name, raw string) bool {
		if overrides.indexOf(name) < 0 {
			b = append(appendMember(b, name, raw), ',')
		}
		return true
	})
	return jsontext.UnsafeString(appendStringMember(append(b, h.identityMembers...), "distinct_id", distinctID))
}

const headPrefix = `{"properties":{`

// inheritedProperties returns the properties of the page, the first referrer and the super properties, the later ones overriding the
// earlier ones.
func (v *Visitor) inheritedProperties() Properties {
	r := &v.record
	all := Properties{items: make([]property, 0, v.pageProperties.Len()+r.Super.Len()+v.temporary.Len()+2)}
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
	v.temporary.Each(set)
	return all
}

func (v *Visitor) isBlocked(name string) bool { return v.blocklist.indexOf(name) >= 0 }

// nameSet returns a set of names. Looking a name up in it costs the same for a list of any length, and it happens for every property.
func nameSet(names []string) Properties {
	var set Properties
	for _, name := range names {
		set.Set(name, "")
	}
	return set
}
