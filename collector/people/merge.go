package people

import (
	"cmp"
	"maps"
	"slices"
)

// Update is an update as the store has it, or a summary of several.
type Update struct {
	At         int64 // its position in the order of all updates; that of a summary's last one
	Operations string
	IsSummary  bool
}

// ApplyUpdate applies an update, or a summary.
func (p *Profile) ApplyUpdate(u Update) error {
	if u.IsSummary {
		return p.ApplySummary(u.Operations)
	}
	p.Apply(u.At, u.Operations)
	return nil
}

// Merge returns the profile that updates of several ids have made. A summary stands where its last update was, but what it says of a property
// may be older than what another id said since: each operation has its turn at its own position. An operation that stands for several, such as
// the sum of what an id added, has the position of the last one; of several $set_once the first counts.
func Merge(updates []Update) (*Profile, error) {
	type step struct {
		at    int64
		apply func(*Profile)
	}
	var steps []step
	for _, u := range updates {
		if !u.IsSummary {
			steps = append(steps, step{u.At, func(p *Profile) { p.Apply(u.At, u.Operations) }})
			continue
		}
		s, err := decodeSummary(u.Operations)
		if err != nil {
			return nil, err
		}
		if s.Delete {
			steps = append(steps, step{s.DeletedAt, func(p *Profile) { p.clear(s.DeletedAt) }})
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			for _, o := range s.Properties[name] {
				steps = append(steps, step{o.at, func(p *Profile) { p.apply(name, o) }})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	profile := NewProfile()
	for _, s := range steps {
		s.apply(profile)
	}
	return profile, nil
}

// ForgetBefore returns a summary without the operations before a position, at which another id of the person was deleted.
func ForgetBefore(text string, at int64) (string, error) {
	s, err := decodeSummary(text)
	if err != nil {
		return "", err
	}
	for name, operations := range s.Properties {
		s.Properties[name] = slices.DeleteFunc(operations, func(o operation) bool { return o.at < at })
		if len(s.Properties[name]) == 0 {
			delete(s.Properties, name)
		}
	}
	return s.encode()
}
