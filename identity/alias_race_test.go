package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// raceDevice is a device in a race, with the calls that it will make and the messages that are not delivered yet. It sends messages in order,
// and repeats one that got no answer. An opt-out deletes the messages.
type raceDevice struct {
	*browser
	calls           []func(*browser) identity.Outcome
	outbox          []identity.Message
	loseAliasAnswer bool // lose the next answer to an alias
}

func (r *raceDevice) call(now int64) []identity.Message {
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

// deliver delivers the first message to the collector, and the answer to the device unless it is lost. It returns the messages that the
// device sends because of the answer.
func (r *raceDevice) deliver(g *identity.Graph, accepted acceptance, now int64) []identity.Message {
	m := r.outbox[0]
	var change identity.Change
	if m.Alias != "" {
		change = g.Add(accepted.claimOf(m))
		if r.loseAliasAnswer {
			r.loseAliasAnswer = false
			return nil
		}
	}
	r.outbox = r.outbox[1:]
	if m.Alias == "" {
		return nil
	}
	r.AcknowledgeAlias(m.InsertID, 0)
	if change.Conflict == nil || change.Conflict.Reason != identity.ReasonTaken {
		return nil
	}
	r.now = now
	messages := r.HandleTakenAlias(r.nextCall(), m.Alias, m.DistinctID).Messages
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

// hour is by how much the clock of the phone is behind in half of the races, in milliseconds.
const hour = 3_600_000

// runRace runs one interleaving, given as a string of steps: a and b are calls on the laptop and on the phone, A and B are deliveries. slow is
// by how much the clock of the phone is behind. It returns the collector's graph, all messages, and the device whose claim to U was accepted
// first.
func runRace(t *testing.T, steps string, laptop, phone []func(*browser) identity.Outcome, loseA, loseB bool, slow int64) (*identity.Graph, []identity.Message, string) {
	a, b := &raceDevice{browser: newBrowser(t), calls: laptop, loseAliasAnswer: loseA}, &raceDevice{browser: newBrowser(t), calls: phone, loseAliasAnswer: loseB}
	a.ReplaceRecord(identity.NewRecord("laptop"))
	b.ReplaceRecord(identity.NewRecord("phone"))
	b.browser.calls = 1000
	g, accepted, first := identity.NewGraph(), acceptance{}, ""
	var all []identity.Message
	deliver := func(r *raceDevice, now int64) {
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
	for i := len(steps); len(a.outbox)+len(b.outbox) > 0; i++ { // Deliver what is left.
		step(i, "AB"[i%2])
	}
	return g, all, first
}

// interleavings calls yield for every order of a and b calls and their deliveries on two devices, where no message is delivered before its
// call.
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

// personProblem returns what is wrong with the person that a message belongs to, or "". Events of a device before it knew of the account may
// belong to a separate person, if a conflict says so or the device never claimed the alias.
func personProblem(g *identity.Graph, m identity.Message, first string, bothSignUp bool) string {
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

// In every interleaving of calls and deliveries on two devices of one person, with an answer lost or not, the order in which the collector
// accepted the claims decides who is who, and a claim that lost is a conflict. The clock of the phone decides nothing.
func TestAliasRaces(t *testing.T) {
	type calls = []func(*browser) identity.Outcome
	tests := map[string]struct {
		laptop, phone calls
		both          bool // whether both devices sign up
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
					g, all, first := runRace(t, steps, test.laptop, test.phone, lost&1 != 0, lost&2 != 0, int64((runs>>2+runs)%2*hour))
					if !test.both {
						first = laptop
					}
					require.Equal(t, first, g.Resolve("U"), steps)
					for _, m := range all {
						if problem := personProblem(g, m, first, test.both); problem != "" {
							require.Fail(t, problem, "%s, lost %d: %+v", steps, lost, all)
						}
					}
				}
			})
			require.Greater(t, runs, 50_000)
		})
	}
}
