package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// runner is one device in a race: what it still calls, and what its outbox still holds. An outbox sends in order, and sends what it got no
// answer to again. Where its visitor opts out, what waits is deleted.
type runner struct {
	*browser
	calls  []func(*browser) identity.Outcome
	outbox []identity.Message
	lose   bool // the answer to its alias, once
}

func (r *runner) call(now int64) []identity.Message {
	r.now = now
	messages := r.calls[0](r.browser).Messages
	r.calls = r.calls[1:]
	r.outbox = append(r.outbox, messages...)
	if r.OptedOut() {
		for _, m := range r.outbox {
			r.HandleDeletedMessage(m.Rest)
		}
		r.outbox = nil
	}
	return messages
}

// deliver brings the first message to the collector, and the answer back unless it is lost. It returns what the answer made the device say.
func (r *runner) deliver(g *identity.Graph, accepted acceptance, now int64) []identity.Message {
	m := r.outbox[0]
	var change identity.Change
	if m.Alias != "" {
		change = g.Add(accepted.claimOf(m))
		if r.lose {
			r.lose = false
			return nil
		}
	}
	r.outbox = r.outbox[1:]
	if m.Alias == "" {
		return nil
	}
	r.AcknowledgeAlias(m.InsertID)
	if change.Conflict == nil || change.Conflict.Reason != identity.ReasonTaken {
		return nil
	}
	r.now = now
	messages := r.HandleTakenAlias(r.nextCall(), m.Alias, change.Conflict.Owner).Messages
	r.outbox = append(r.outbox, messages...)
	return messages
}

var (
	browses = func(b *browser) identity.Outcome { return b.track("Viewed", "") }
	signsUp = func(b *browser) identity.Outcome { return b.alias("U") }
	logsIn  = func(b *browser) identity.Outcome { return b.identify("U") }
	optsOut = func(b *browser) identity.Outcome { return b.OptOut(b.nextCall()) }
	optsIn  = func(b *browser) identity.Outcome { return b.OptIn(b.nextCall()) }
)

// hour is how slow the phone's clock is in half of the races.
const hour = 3_600_000

// race runs one interleaving, a string of steps: a and b call on the laptop and on the phone, A and B deliver. The phone's clock is that
// slow. It returns the collector's graph, all messages, and the device whose claim to U the collector accepted first.
func race(t *testing.T, steps string, laptop, phone []func(*browser) identity.Outcome, loseA, loseB bool, slow int64) (*identity.Graph, []identity.Message, string) {
	a, b := &runner{browser: newBrowser(t), calls: laptop, lose: loseA}, &runner{browser: newBrowser(t), calls: phone, lose: loseB}
	a.ReplaceRecord(identity.NewRecord("laptop"))
	b.ReplaceRecord(identity.NewRecord("phone"))
	b.browser.calls = 1000
	g, accepted, first := identity.NewGraph(), acceptance{}, ""
	var all []identity.Message
	deliver := func(r *runner, now int64) {
		if first == "" && r.outbox[0].Alias != "" {
			first = r.outbox[0].DistinctID
		}
		all = append(all, r.deliver(g, accepted, now)...)
	}
	step := func(i int, do byte) {
		now := int64(1_763_922_000_000 + 10_000*i)
		switch do {
		case 'a':
			all = append(all, a.call(now)...)
		case 'b':
			all = append(all, b.call(now-slow)...)
		case 'A':
			if len(a.outbox) > 0 {
				deliver(a, now)
			}
		case 'B':
			if len(b.outbox) > 0 {
				deliver(b, now-slow)
			}
		}
	}
	for i := range len(steps) {
		step(i, steps[i])
	}
	for i := len(steps); len(a.outbox)+len(b.outbox) > 0; i++ { // What was sent again, and what answers made devices say.
		step(i, "AB"[i%2])
	}
	return g, all, first
}

// interleavings calls yield with every order of a calls and deliveries of each of two devices, none delivered before it is called.
func interleavings(a, b int, yield func(string)) {
	var extend func(prefix []byte, n [4]int)
	extend = func(prefix []byte, n [4]int) {
		if len(prefix) == 2*(a+b) {
			yield(string(prefix))
			return
		}
		for i, most := range [4]int{a, b, n[0], n[1]} {
			if n[i] < most {
				next := n
				next[i]++
				extend(append(prefix, "abAB"[i]), next)
			}
		}
	}
	extend(nil, [4]int{})
}

const laptop, phone = "$device:laptop", "$device:phone"

// outOfPlace says what is wrong with the person of a message: what a device did before it knew better may be a person of its own, but
// then there is a conflict that says so, or it never claimed the name.
func outOfPlace(g *identity.Graph, m identity.Message, first string, bothSignUp bool) string {
	switch g.Resolve(m.DistinctID) {
	case first:
		return ""
	case laptop, phone:
	default:
		return "it belongs to a stranger"
	}
	conflicts := g.Person("U").Conflicts
	switch {
	case !bothSignUp && m.DistinctID != phone:
		return "who signed up came apart"
	case bothSignUp && (len(conflicts) != 1 || conflicts[0].DistinctID != m.DistinctID):
		return "no conflict says why"
	}
	return ""
}

// Every interleaving of two devices that know the same person, and of their deliveries, with an answer lost or not: the persons are those
// of the order in which the claims were accepted, or the conflict is there to be shown. The phone's clock decides nothing.
func TestAliasRaces(t *testing.T) {
	type calls = []func(*browser) identity.Outcome
	tests := map[string]struct {
		laptop, phone calls
		both          bool // sign up
	}{
		"sign-up here, login there":    {calls{browses, signsUp, logsIn}, calls{browses, logsIn, browses}, false},
		"sign-up, then no, then yes":   {calls{signsUp, optsOut, optsIn, logsIn}, calls{logsIn, browses}, false},
		"no, sign-up, then yes":        {calls{optsOut, signsUp, logsIn, optsIn}, calls{logsIn, browses}, false},
		"sign-up on both":              {calls{signsUp, logsIn, browses}, calls{browses, signsUp, logsIn}, true},
		"sign-up on both, then browse": {calls{browses, signsUp, browses}, calls{signsUp, browses, browses}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			runs := 0
			interleavings(len(test.laptop), len(test.phone), func(steps string) {
				for lost := range 4 {
					runs++
					g, all, first := race(t, steps, test.laptop, test.phone, lost&1 != 0, lost&2 != 0, int64((runs>>2+runs)%2*hour))
					if !test.both {
						first = laptop
					}
					require.Equal(t, first, g.Resolve("U"), steps)
					for _, m := range all {
						if problem := outOfPlace(g, m, first, test.both); problem != "" {
							require.Fail(t, problem, "%s, lost %d: %+v", steps, lost, all)
						}
					}
				}
			})
			require.Greater(t, runs, 50_000)
		})
	}
}
