package identity

import "github.com/throughline/throughline/identity/jsontext"

// baseText is what all events of this page have in common, as members with a comma behind each. It is kept until the page or a super
// property changes, so that an event pays only for what is its own.
func (v *Visitor) baseText() []byte {
	if v.base == nil {
		v.base, v.baseNames = make([]byte, 0, 1024), nil
		v.eachBase(func(name, raw string) bool {
			v.base = append(appendMember(v.base, name, raw), ',')
			v.baseNames = append(v.baseNames, name)
			return true
		})
	}
	return v.base
}

// baseTextWithout leaves out the properties that a call overrides.
func (v *Visitor) baseTextWithout(overrides *Properties) []byte {
	text := make([]byte, 0, len(v.base))
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
		if !v.blocked(name) {
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
