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

// deviceModel implements the rules of the package comment for one device a second time, without messages, storage or merging.
type deviceModel struct {
	modelState
	acknowledged  bool   // whether the collector has acknowledged the alias
	aliasInsertID string // insert id of the last `$create_alias`
	isLoginHeld   bool   // whether `$identify` is held until opt-in
	lastSentID    string // distinct_id of the last message before it
}

type modelState struct {
	distinctID, userID, alias string
	optedOut                  bool
}

// identityMessage is what a message says about identity.
type identityMessage struct{ event, distinctID, alias, before string }

var badIDs = []string{"undefined", "", "null", "a\x00b", strings.Repeat("x", 256)}

func (d *deviceModel) track() []identityMessage {
	if d.optedOut {
		return nil
	}
	return []identityMessage{{event: "E", distinctID: d.distinctID}}
}

func (d *deviceModel) aliasCall(id string) []identityMessage {
	if slices.Contains(badIDs, id) || id == d.distinctID || d.alias != "" || strings.HasPrefix(id, "$device:") {
		return nil
	}
	d.alias, d.acknowledged, d.aliasInsertID = id, false, ""
	if d.optedOut {
		return nil
	}
	return []identityMessage{{event: "$create_alias", distinctID: d.distinctID, alias: id}}
}

func (d *deviceModel) identify(id string) []identityMessage {
	if slices.Contains(badIDs, id) || id == d.distinctID || id == d.userID || strings.HasPrefix(id, "$device:") {
		return nil
	}
	before := d.distinctID
	if id != d.alias {
		d.distinctID, d.alias = id, ""
	}
	d.userID = id
	return d.sendLogin(before)
}

// sendLogin returns the `$identify` of a login, or holds it until opt-in. A held login is replaced by the next one.
func (d *deviceModel) sendLogin(before string) []identityMessage {
	if d.isLoginHeld {
		before = d.lastSentID
	}
	d.isLoginHeld, d.lastSentID = d.optedOut && before != d.userID, before
	if d.optedOut || before == d.userID {
		return nil
	}
	return []identityMessage{{event: "$identify", distinctID: d.userID, before: before}}
}

// optIn returns the messages that were held, or may not have been delivered, if they still apply.
func (d *deviceModel) optIn() (said []identityMessage) {
	if !d.optedOut {
		return nil
	}
	d.optedOut = false
	if d.alias != "" && !d.acknowledged {
		said = append(said, identityMessage{event: "$create_alias", distinctID: d.distinctID, alias: d.alias})
	}
	if d.isLoginHeld {
		said = append(said, d.sendLogin(d.lastSentID)...)
	}
	d.isLoginHeld = false
	return said
}

func (d *deviceModel) handleTakenAlias(alias, distinctID string) []identityMessage {
	if alias != d.alias || distinctID != d.distinctID {
		return nil
	}
	before, told := d.distinctID, d.userID == alias
	d.distinctID, d.userID, d.alias = alias, alias, ""
	if told {
		return nil
	}
	return d.sendLogin(before)
}

func (d *deviceModel) reset(deviceID string) {
	*d = deviceModel{modelState: modelState{distinctID: "$device:" + deviceID, optedOut: d.optedOut}}
}

// acceptance has the positions of messages in the order in which a collector accepted them, by insert id. A repeat keeps its position.
type acceptance map[string]int64

// claimOf returns the claim of a `$create_alias`, as the collector stores it.
func (a acceptance) claimOf(m identity.Message) identity.Claim {
	if _, again := a[m.InsertID]; !again {
		a[m.InsertID] = int64(len(a) + 1)
	}
	return identity.Claim{Alias: m.Alias, DistinctID: m.DistinctID, Seq: a[m.InsertID], TimeMS: m.TimeMS, InsertID: m.InsertID}
}

// simulation has a few devices, a collector, and a network that delivers late, repeatedly and in any order.
type simulation struct {
	t            *testing.T
	r            *rand.Rand
	devices      []*browser
	rules        []*deviceModel
	personIDs    []string   // ids that identify and alias are called with
	undelivered  []delivery // on the network
	sentMessages []identity.Message
	graph        *identity.Graph
	acceptance
	resets int
}

type delivery struct {
	from    int
	message identity.Message
}

func newSimulation(t *testing.T, seed int64) *simulation {
	s := &simulation{t: t, r: rand.New(rand.NewSource(seed)), graph: identity.NewGraph(), acceptance: acceptance{}}
	for i := range make([]struct{}, 2+s.r.Intn(3)) {
		b := newBrowser(t)
		b.ReplaceRecord(identity.NewRecord(fmt.Sprint("d", i)))
		b.now += int64(s.r.Intn(5)-2) * 700 // Clocks differ.
		b.calls = 1000 * i
		s.devices = append(s.devices, b)
		s.rules = append(s.rules, &deviceModel{modelState: modelState{distinctID: b.DistinctID()}})
		s.personIDs = append(s.personIDs, fmt.Sprintf("person-%c", 'a'+rune(i)))
	}
	return s
}

func (s *simulation) randomID() string {
	switch s.r.Intn(8) {
	case 0:
		return badIDs[s.r.Intn(len(badIDs))]
	case 1:
		return s.devices[s.r.Intn(len(s.devices))].DistinctID()
	}
	return s.personIDs[s.r.Intn(len(s.personIDs))]
}

// makeRandomCall makes one call on one device, and compares its result with the model.
func (s *simulation) makeRandomCall() {
	i := s.r.Intn(len(s.devices))
	b, d := s.devices[i], s.rules[i]
	var got identity.Outcome
	var want []identityMessage
	switch s.r.Intn(12) {
	case 0, 1, 2:
		name := s.randomID()
		got, want = b.alias(name), d.aliasCall(name)
	case 3, 4, 5:
		name := s.randomID()
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
	s.checkAndQueue(i, got, want)
}

func (s *simulation) checkAndQueue(i int, got identity.Outcome, want []identityMessage) {
	b, d := s.devices[i], s.rules[i]
	var said []identityMessage
	for _, m := range got.Messages {
		w := decodeMessage(s.t, m)
		before, _ := w.Properties["$anon_distinct_id"].(string)
		said = append(said, identityMessage{m.Event, m.DistinctID, m.Alias, before})
		if m.Alias != "" {
			d.aliasInsertID = m.InsertID
		}
		s.sentMessages = append(s.sentMessages, m)
		s.undelivered = append(s.undelivered, delivery{i, m})
	}
	require.Equal(s.t, want, said)
	require.Equal(s.t, d.modelState, modelState{b.DistinctID(), b.UserID(), b.Record().Alias, b.OptedOut()})
}

// deliver delivers one message, chosen at random, to the collector, and the answer to the device. The message may be delivered again later.
func (s *simulation) deliver() {
	if len(s.undelivered) == 0 {
		return
	}
	n := s.r.Intn(len(s.undelivered))
	from, m := s.undelivered[n].from, s.undelivered[n].message
	if s.r.Intn(4) > 0 {
		s.undelivered = slices.Delete(s.undelivered, n, n+1)
	}
	if m.Alias == "" {
		return
	}
	change := s.graph.Add(s.claimOf(m))
	s.devices[from].AcknowledgeAlias(m.InsertID, 0)
	s.rules[from].acknowledged = s.rules[from].acknowledged || s.rules[from].aliasInsertID == m.InsertID
	if c := change.Conflict; c != nil && c.Reason == identity.ReasonTaken {
		b := s.devices[from]
		s.checkAndQueue(from, b.HandleTakenAlias(b.nextCall(), m.Alias, m.DistinctID), s.rules[from].handleTakenAlias(m.Alias, m.DistinctID))
	}
}

func TestRandomCallsOnManyDevices(t *testing.T) {
	for seed := int64(0); seed < 600; seed++ {
		s := newSimulation(t, seed)
		for range make([]struct{}, 5+s.r.Intn(60)) {
			s.makeRandomCall()
			for s.r.Intn(3) == 0 {
				s.deliver()
			}
		}
		for len(s.undelivered) > 0 {
			s.deliver()
		}
		s.requirePersonsMatchModel(s.graph)
		for range make([]struct{}, 4) {
			again := identity.NewGraph()
			letters := slices.Concat(s.sentMessages, s.sentMessages[:s.r.Intn(len(s.sentMessages)+1)])
			s.r.Shuffle(len(letters), func(i, j int) { letters[i], letters[j] = letters[j], letters[i] })
			for _, m := range letters {
				if m.Alias != "" {
					again.Add(s.claimOf(m))
				}
			}
			s.requirePersonsMatchModel(again)
		}
	}
}

// requirePersonsMatchModel requires the persons and conflicts of a graph to be those that graphModel computes from all messages.
func (s *simulation) requirePersonsMatchModel(g *identity.Graph) {
	var claims graphModel
	ids := map[string]bool{}
	for _, m := range s.sentMessages {
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

// Whatever happens on other devices, and in whatever order messages arrive, somebody who signs up once and logs in on any device is one
// person.
func TestSignUpAndLoginsGiveOnePerson(t *testing.T) {
	for seed := int64(0); seed < 200; seed++ {
		r := rand.New(rand.NewSource(seed))
		var all []identity.Message
		owner := map[string]string{} // by insert id: who made the call
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
		for _, turn := range r.Perm(9) { // The phones are shared, with a logout after each use.
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
