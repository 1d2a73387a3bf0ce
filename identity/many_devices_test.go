package identity_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// rules is the table of rules in the README for one device, written down a second time and without anything else.
type rules struct {
	who
	acknowledged bool   // the alias
	aliasedBy    string // insert id of the message that said so last
	held         bool   // the login waits for consent
	before       string // who the visitor was before it, as far as anybody was told
}

type who struct {
	distinctID, userID, alias string
	optedOut                  bool
}

// sent is what a message says of identity.
type sent struct{ event, distinctID, alias, before string }

var badIDs = []string{"undefined", "", "null", "a\x00b", strings.Repeat("x", 256)}

func (d *rules) track() []sent {
	if d.optedOut {
		return nil
	}
	return []sent{{event: "E", distinctID: d.distinctID}}
}

func (d *rules) aliasCall(id string) []sent {
	if slices.Contains(badIDs, id) || id == d.distinctID || d.alias != "" || strings.HasPrefix(id, "$device:") {
		return nil
	}
	d.alias, d.acknowledged, d.aliasedBy = id, false, ""
	if d.optedOut {
		return nil
	}
	return []sent{{event: "$create_alias", distinctID: d.distinctID, alias: id}}
}

func (d *rules) identify(id string) []sent {
	if slices.Contains(badIDs, id) || id == d.distinctID || id == d.userID || strings.HasPrefix(id, "$device:") {
		return nil
	}
	before := d.distinctID
	if id != d.alias {
		d.distinctID, d.alias = id, ""
	}
	d.userID = id
	return d.login(before)
}

// login says that the visitor is somebody, or keeps it until consent comes. Nobody hears of a login that another one followed meanwhile.
func (d *rules) login(before string) []sent {
	if d.held {
		before = d.before
	}
	d.held, d.before = d.optedOut && before != d.userID, before
	if d.optedOut || before == d.userID {
		return nil
	}
	return []sent{{event: "$identify", distinctID: d.userID, before: before}}
}

// optIn says what nobody heard of, or may not have heard of, as far as it is still true.
func (d *rules) optIn() (said []sent) {
	if !d.optedOut {
		return nil
	}
	d.optedOut = false
	if d.alias != "" && !d.acknowledged {
		said = append(said, sent{event: "$create_alias", distinctID: d.distinctID, alias: d.alias})
	}
	if d.held {
		said = append(said, d.login(d.before)...)
	}
	d.held = false
	return said
}

func (d *rules) taken(alias string) []sent {
	if alias != d.alias || alias == d.distinctID {
		return nil
	}
	before, told := d.distinctID, d.userID == alias
	d.distinctID, d.userID, d.alias = alias, alias, ""
	if told {
		return nil
	}
	return d.login(before)
}

func (d *rules) reset(deviceID string) {
	*d = rules{who: who{distinctID: "$device:" + deviceID, optedOut: d.optedOut}}
}

// acceptance is the order in which a collector accepted messages: their places, by insert id. A message that comes again keeps its place.
type acceptance map[string]int64

// claimOf is the claim in a `$create_alias`, as the collector keeps it.
func (a acceptance) claimOf(m identity.Message) identity.Claim {
	if _, again := a[m.InsertID]; !again {
		a[m.InsertID] = int64(len(a) + 1)
	}
	return identity.Claim{Alias: m.Alias, DistinctID: m.DistinctID, Seq: a[m.InsertID], TimeMS: m.TimeMS, InsertID: m.InsertID}
}

// street is a few devices, a network that delivers late, twice and in any order, and a collector.
type street struct {
	t       *testing.T
	r       *rand.Rand
	devices []*browser
	rules   []*rules
	names   []string // that people go by
	waiting []letter // on the network
	all     []identity.Message
	graph   *identity.Graph
	acceptance
	resets int
}

type letter struct {
	from    int
	message identity.Message
}

func newStreet(t *testing.T, seed int64) *street {
	s := &street{t: t, r: rand.New(rand.NewSource(seed)), graph: identity.NewGraph(), acceptance: acceptance{}}
	for i := range make([]struct{}, 2+s.r.Intn(3)) {
		b := newBrowser(t)
		b.ReplaceRecord(identity.NewRecord(fmt.Sprint("d", i)))
		b.now += int64(s.r.Intn(5)-2) * 700 // Clocks differ.
		b.calls = 1000 * i
		s.devices = append(s.devices, b)
		s.rules = append(s.rules, &rules{who: who{distinctID: b.DistinctID()}})
		s.names = append(s.names, fmt.Sprintf("person-%c", 'a'+rune(i)))
	}
	return s
}

func (s *street) name() string {
	switch s.r.Intn(8) {
	case 0:
		return badIDs[s.r.Intn(len(badIDs))]
	case 1:
		return s.devices[s.r.Intn(len(s.devices))].DistinctID()
	}
	return s.names[s.r.Intn(len(s.names))]
}

// step makes one call on one device, and compares it with the rules.
func (s *street) step() {
	i := s.r.Intn(len(s.devices))
	b, d := s.devices[i], s.rules[i]
	var got identity.Outcome
	var want []sent
	switch s.r.Intn(12) {
	case 0, 1, 2:
		name := s.name()
		got, want = b.alias(name), d.aliasCall(name)
	case 3, 4, 5:
		name := s.name()
		got, want = b.identify(name), d.identify(name)
	case 6:
		s.resets++
		id := fmt.Sprint("r", s.resets)
		got = b.Reset(b.nextCall(), id)
		d.reset(id)
	case 7:
		if s.r.Intn(2) == 0 {
			got = b.OptOut(b.nextCall())
			d.optedOut = true
		} else {
			got, want = b.OptIn(b.nextCall()), d.optIn()
		}
	case 8:
		b.load(fmt.Sprint("page-", b.calls))
	default:
		got, want = b.track("E", ""), d.track()
	}
	s.send(i, got, want)
}

func (s *street) send(i int, got identity.Outcome, want []sent) {
	b, d := s.devices[i], s.rules[i]
	var said []sent
	for _, m := range got.Messages {
		w := onWire(s.t, m)
		before, _ := w.Properties["$anon_distinct_id"].(string)
		said = append(said, sent{m.Event, m.DistinctID, m.Alias, before})
		if m.Alias != "" {
			d.aliasedBy = m.InsertID
		}
		s.all = append(s.all, m)
		s.waiting = append(s.waiting, letter{i, m})
	}
	require.Equal(s.t, want, said)
	require.Equal(s.t, d.who, who{b.DistinctID(), b.UserID(), b.Record().Alias, b.OptedOut()})
}

// deliver brings one letter to the collector, in no order and sometimes again later, and the answer back to the device.
func (s *street) deliver() {
	if len(s.waiting) == 0 {
		return
	}
	n := s.r.Intn(len(s.waiting))
	from, m := s.waiting[n].from, s.waiting[n].message
	if s.r.Intn(4) > 0 {
		s.waiting = slices.Delete(s.waiting, n, n+1)
	}
	if m.Alias == "" {
		return
	}
	change := s.graph.Add(s.claimOf(m))
	s.devices[from].AcknowledgeAlias(m.InsertID)
	s.rules[from].acknowledged = s.rules[from].acknowledged || s.rules[from].aliasedBy == m.InsertID
	if c := change.Conflict; c != nil && c.Reason == identity.ReasonTaken {
		b := s.devices[from]
		s.send(from, b.HandleTakenAlias(b.nextCall(), m.Alias, c.Owner), s.rules[from].taken(m.Alias))
	}
}

func TestAnyCallsOnAnyDevices(t *testing.T) {
	for seed := int64(0); seed < 600; seed++ {
		s := newStreet(t, seed)
		for range make([]struct{}, 5+s.r.Intn(60)) {
			s.step()
			for s.r.Intn(3) == 0 {
				s.deliver()
			}
		}
		for len(s.waiting) > 0 {
			s.deliver()
		}
		s.requireSamePeople(s.graph)
		for range make([]struct{}, 4) {
			again := identity.NewGraph()
			letters := slices.Concat(s.all, s.all[:s.r.Intn(len(s.all)+1)])
			s.r.Shuffle(len(letters), func(i, j int) { letters[i], letters[j] = letters[j], letters[i] })
			for _, m := range letters {
				if m.Alias != "" {
					again.Add(s.claimOf(m))
				}
			}
			s.requireSamePeople(again)
		}
	}
}

// requireSamePeople: whatever order a graph is fed in, the people and the conflicts are those that the definition makes of the messages
// and of the order in which they were accepted.
func (s *street) requireSamePeople(g *identity.Graph) {
	var claims model
	ids := map[string]bool{}
	for _, m := range s.all {
		ids[m.DistinctID] = true
		if m.Alias != "" {
			claims = append(claims, s.claimOf(m))
			ids[m.Alias] = true
		}
	}
	for id := range ids {
		require.Equal(s.t, claims.person(id), g.Person(id))
	}
}

// TestStoryGivesOnePerson: whatever else happens on other devices and in whatever order messages arrive, somebody who signs up once and
// logs in anywhere is one person.
func TestStoryGivesOnePerson(t *testing.T) {
	for seed := int64(0); seed < 200; seed++ {
		r := rand.New(rand.NewSource(seed))
		var all []identity.Message
		owner := map[string]string{} // insert id to the person who made the call
		take := func(who string, o identity.Outcome) {
			require.Empty(t, o.Warnings)
			for _, m := range o.Messages {
				all = append(all, m)
				owner[m.InsertID] = who
			}
		}
		people := []string{"jane@example.com", "omar@example.com", "li@example.com"}
		var phones []*browser
		for i, who := range people {
			b := newBrowser(t)
			b.ReplaceRecord(identity.NewRecord(fmt.Sprint("laptop", i)))
			b.calls = i * 1000
			take(who, b.track("Viewed", ""))
			take(who, b.alias(who))
			take(who, b.track("Bought", ""))
			take(who, b.identify(who))
			take(who, b.track("Bought", ""))
			phone := newBrowser(t)
			phone.ReplaceRecord(identity.NewRecord(fmt.Sprint("phone", i)))
			phone.calls = 10_000 + i*1000
			phones = append(phones, phone)
		}
		for _, turn := range r.Perm(9) { // They share their phones, and log out each time.
			who, phone := people[turn%3], phones[turn/3]
			take(who, phone.identify(who))
			take(who, phone.track("Bought", ""))
			take(who, phone.Reset(phone.nextCall(), fmt.Sprint("reset", turn)))
		}
		g, accepted := identity.NewGraph(), acceptance{}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, m := range all {
			if m.Alias != "" {
				require.True(t, g.Add(accepted.claimOf(m)).Accepted)
			}
		}
		for _, m := range all {
			require.Equal(t, fmt.Sprint("$device:laptop", slices.Index(people, owner[m.InsertID])), g.Resolve(m.DistinctID))
		}
	}
}
