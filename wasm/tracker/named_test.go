package tracker

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// waitingUpdates returns the operations of the profile updates that wait in storage for an endpoint, without the defaults of the page.
func waitingUpdates(t *testing.T, storage map[string]string, endpoint identity.Endpoint) (all []string) {
	operation := regexp.MustCompile(`"(\$(?:set|set_once|unset|add|append|union|remove|delete))":(.*)\}$`)
	port := tab{storage: storage}
	for _, key := range port.Keys(outboxPrefix + "T_" + endpoints[endpoint].mark) {
		for _, line := range strings.Split(storage[key], "\n") {
			if found := operation.FindStringSubmatch(line); found != nil {
				all = append(all, found[1]+" "+strings.Replace(found[2], `"$os":"Linux",`, "", 1))
			}
		}
	}
	return all
}

func TestNamedMethods(t *testing.T) {
	for args, want := range map[string]struct{ people, group string }{
		`["people.set","plan","pro"]`:                               {people: `$set {"plan":"pro"}`},
		`["people.set",{"plan":"pro"},null]`:                        {people: `$set {"plan":"pro"}`},
		`["people.set_once","plan","pro"]`:                          {people: `$set_once {"plan":"pro"}`},
		`["people.unset",["plan"]]`:                                 {people: `$unset ["plan"]`},
		`["people.increment","n"]`:                                  {people: `$add {"n":1}`},
		`["people.increment","n",5]`:                                {people: `$add {"n":5}`},
		`["people.append","l","x"]`:                                 {people: `$append {"l":"x"}`},
		`["people.union","l",["x"]]`:                                {people: `$union {"l":["x"]}`},
		`["people.remove","l","x"]`:                                 {people: `$remove {"l":"x"}`},
		`["people.clear_charges"]`:                                  {people: `$set {"$transactions":[]}`},
		`["people.delete_user"]`:                                    {people: `$delete "U"`},
		`["get_group.set","company","acme",{"size":3}]`:             {group: `$set {"size":3}`},
		`["get_group.set","company","acme","size",3,null]`:          {group: `$set {"size":3}`},
		`["get_group.set_once","company","acme","size",3]`:          {group: `$set_once {"size":3}`},
		`["get_group.unset","company","acme","size"]`:               {group: `$unset ["size"]`},
		`["get_group.union","company","acme","l",["x"]]`:            {group: `$union {"l":["x"]}`},
		`["get_group.remove","company","acme","l","x"]`:             {group: `$remove {"l":"x"}`},
		`["get_group.delete","company","acme"]`:                     {group: `$delete ""`},
		`["set_group","company","acme"]`:                            {people: `$set {"company":["acme"]}`},
		`["add_group","company","acme"]`:                            {people: `$union {"company":["acme"]}`},
		`["remove_group","company","acme"]`:                         {people: `$remove {"company":"acme"}`},
		`["get_group","company","acme"]`:                            {},
		`["track_with_groups","Bought",{"n":1},{"company":"acme"}]`: {},
	} {
		t.Run(args, func(t *testing.T) {
			storage, now := map[string]string{}, int64(1000)
			p := openVisitorTab(storage, "page", &now)
			p.task(MethodIdentify, `["U"]`)
			now += 1000
			answer := p.Call(MethodNamed, identity.Call{TimeMS: now, InsertID: "page-9"}, args)
			p.Commit(now)
			assert.Empty(t, *p.warnings)
			for endpoint, operation := range map[identity.Endpoint]string{identity.PeopleEndpoint: want.people, identity.GroupsEndpoint: want.group} {
				var expected []string
				if operation != "" {
					expected = []string{operation}
				}
				assert.Equal(t, expected, waitingUpdates(t, storage, endpoint))
			}
			if strings.Contains(args, "track_with_groups") {
				assert.Contains(t, waitingEvents(storage), "Bought")
			}
			isMade := !strings.HasPrefix(args, `["get_group",`)
			assert.Equal(t, isMade, json.Valid([]byte(answer)), "the record, for the page: %s", answer)
		})
	}
}

func TestNamedMethodsThatOnlyWarn(t *testing.T) {
	for args, want := range map[string]string{
		`["people.track_charge",5]`:   `"code":"not_supported"`,
		`["people.sett","a",1]`:       `Did you mean people.set?`,
		`["set_grup","a",1]`:          `Did you mean set_group?`,
		`["trakc_with_groups"]`:       `Did you mean track_with_groups?`,
		`["regster"]`:                 `Did you mean register?`,
		`["start_session_recording"]`: `start_session_recording has no effect: session recording, heatmaps, autocapture, feature flags and remote settings need Mixpanel's own scripts.`,
		`["flags.get_variant","a"]`:   `flags.get_variant has no effect`,
		`["start_batch_senders"]`:     `only the entry throughline/mixpanel has it`,
		`["flags.is_enabledd"]`:       `load mixpanel-browser beside this library`,
		`["people"]`:                  `There is no method people,`,
		`["people.delete_user"]`:      `"code":"not_identified"`,
		`[]`:                          `"code":"unknown_method"`,
		`[5,"a"]`:                     `"code":"unknown_method"`,
		`nonsense`:                    `"code":"unknown_method"`,
	} {
		now := int64(1000)
		p := openVisitorTab(map[string]string{}, "page", &now)
		assert.Empty(t, p.Call(MethodNamed, identity.Call{TimeMS: now, InsertID: "page-1"}, args))
		require.Len(t, *p.warnings, 1, args)
		assert.Contains(t, (*p.warnings)[0], want, args)
	}
}

func TestOptingOutDeletesWaitingUpdates(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodIdentify, `["U"]`)
	p.task(MethodNamed, `["people.set","a",1]`)
	p.task(MethodNamed, `["people.increment","n",1]`)
	p.task(MethodNamed, `["get_group.set","company","acme","a",1]`)
	other := openVisitorTab(storage, "other", &now)
	require.Len(t, waitingUpdates(t, storage, identity.PeopleEndpoint), 2)
	other.task(MethodOptOut, `[]`)
	assert.Empty(t, waitingUpdates(t, storage, identity.PeopleEndpoint))
	assert.Empty(t, waitingUpdates(t, storage, identity.GroupsEndpoint))
	p.task(MethodNamed, `["people.set","b",1]`)
	assert.Empty(t, waitingUpdates(t, storage, identity.PeopleEndpoint))
	assert.Contains(t, strings.Join(*p.warnings, ""), `"code":"opted_out"`)
}

// An update that waits survives the death of its tab, and is sent when another tab identifies the visitor.
func TestWaitingUpdatesSurviveTheirTab(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodNamed, `["people.increment","n",2]`)
	assert.Empty(t, waitingUpdates(t, storage, identity.PeopleEndpoint))
	next := openVisitorTab(storage, "next", &now)
	next.task(MethodNamed, `["people.increment","n",3]`)
	next.task(MethodIdentify, `["U"]`)
	assert.Equal(t, []string{`$add {"n":5}`}, waitingUpdates(t, storage, identity.PeopleEndpoint))
	p.StorageChanged(now)
	assert.Equal(t, []string{`$add {"n":5}`}, waitingUpdates(t, storage, identity.PeopleEndpoint), "the first tab has nothing to add")
	p.task(MethodNamed, `["people.increment","n",4]`)
	assert.Equal(t, []string{`$add {"n":5}`, `$add {"n":4}`}, waitingUpdates(t, storage, identity.PeopleEndpoint))
}

// Calls that an earlier page handed over are made for the visitor of that page.
func TestHandedOverUpdates(t *testing.T) {
	storage, now := map[string]string{recordKey: `{"distinct_id":"$device:d1","device_id":"d1"}`}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodIdentify, `["U"]`)
	p.Reopen(&Facts{HandedOver: `{"distinct_id":"$device:d1","device_id":"d1"}`})
	p.task(MethodNamed, `["people.set","a",1]`)
	assert.Equal(t, []string{`$set {"a":1}`}, waitingUpdates(t, storage, identity.PeopleEndpoint))
	assert.Contains(t, strings.Join(port(storage, ".e"), ""), `"$distinct_id":"U"`, "who has been identified since")
}

func port(storage map[string]string, mark string) (texts []string) {
	for _, key := range (tab{storage: storage}).Keys(outboxPrefix + "T_" + mark) {
		texts = append(texts, storage[key])
	}
	return texts
}

// endpointPorts records what one endpoint asks of the browser.
type endpointPorts struct {
	tab
	sent    *[]outbox.Request
	flushed *[]bool
	lanes   map[identity.Endpoint]*endpointPorts
}

func (p *endpointPorts) For(endpoint identity.Endpoint) outbox.Ports {
	p.lanes[endpoint] = &endpointPorts{tab: p.tab, sent: &[]outbox.Request{}}
	return p.lanes[endpoint]
}

func (p *endpointPorts) Send(_ uint32, r outbox.Request) bool {
	*p.sent = append(*p.sent, r)
	return true
}

func (p *endpointPorts) Flushed(_ uint32, done bool) { *p.flushed = append(*p.flushed, done) }

// openEndpoints opens a tracker with a message for each endpoint, and begins to send.
func openEndpoints(t *testing.T) (*Tracker, *endpointPorts) {
	ports := &endpointPorts{tab: tab{storage: map[string]string{}, warnings: &[]string{}}, flushed: &[]bool{}, lanes: map[identity.Endpoint]*endpointPorts{}}
	tracker := Open(&Facts{Token: "T", Mirrored: settled, PageID: "page", Config: `{"api_host":"https://c.example","ip":false}`}, &Page{}, ports, 1000)
	for i, args := range []string{`["people.set","a",1]`, `["get_group.set","company","acme","a",1]`, `["track_with_groups","E"]`} {
		tracker.Call(MethodIdentify, identity.Call{TimeMS: 1000, InsertID: "page-0"}, `["U"]`)
		tracker.Call(MethodNamed, identity.Call{TimeMS: 1001, InsertID: "page-" + string(rune('1'+i))}, args)
	}
	tracker.Commit(1001)
	for endpoint := range identity.DeletionEndpoint { // All but the one whose messages only an opt-out makes.
		tracker.Wake(endpoint, 1600)
		tracker.Locked(endpoint, 1601)
		require.Len(t, *ports.lanes[endpoint].sent, 1)
	}
	return tracker, ports
}

func TestEachEndpointGetsItsMessages(t *testing.T) {
	_, ports := openEndpoints(t)
	for endpoint, want := range map[identity.Endpoint][2]string{
		identity.EventsEndpoint: {"https://c.example/track/?verbose=1&ip=0&_=1601", `"event":"E"`},
		identity.PeopleEndpoint: {"https://c.example/engage/?verbose=1&ip=0&_=1601", `"%24distinct_id":"U"`},
		identity.GroupsEndpoint: {"https://c.example/groups/?verbose=1&ip=0&_=1601", `"%24group_id":"acme"`},
	} {
		sent := (*ports.lanes[endpoint].sent)[0]
		assert.Equal(t, want[0], sent.URL)
		assert.Contains(t, sent.Body, want[1])
	}
}

// An endpoint that fails does not hold up the others. A flush has the outcome of all.
func TestOneEndpointFails(t *testing.T) {
	for _, isMissing := range []bool{true, false} {
		tracker, ports := openEndpoints(t)
		tracker.Flush(7, 1703)
		for endpoint := range identity.DeletionEndpoint {
			answer := outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1}`}
			if isMissing && endpoint == identity.PeopleEndpoint {
				answer = outbox.Answer{Status: 404, RetryAfterMS: -1}
			}
			tracker.Answered(endpoint, 1, answer, 1704)
		}
		assert.Equal(t, []bool{!isMissing}, *ports.flushed)
		assert.Equal(t, isMissing, tracker.hasWaiting())
		if isMissing {
			assert.Contains(t, strings.Join(*ports.warnings, ""), "https://c.example/engage/ answered 404")
		}
	}
}

// What the collector refuses of a profile is told, counted, and reported by an event.
func TestRefusedUpdate(t *testing.T) {
	tracker, ports := openEndpoints(t)
	tracker.Answered(identity.EventsEndpoint, 1, outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `1`}, 1703)
	body := `{"status":0,"error":"x","failed_records":[{"index":0,"field":"$set","message":"is bad"}]}`
	tracker.Call(MethodNamed, identity.Call{TimeMS: 1703, InsertID: "page-8"}, `["people.set","b",1]`)
	tracker.Commit(1703)
	tracker.Answered(identity.PeopleEndpoint, 1, outbox.Answer{Status: 400, RetryAfterMS: -1, Body: body}, 1704)
	assert.Contains(t, strings.Join(*ports.warnings, ""), "The collector refused a profile update: $set: is bad.")
	assert.Equal(t, `{"event_rejected":1}`, tracker.Call(MethodGetProperty, identity.Call{TimeMS: 1705}, `["$dropped"]`))
	tracker.Wake(identity.PeopleEndpoint, 2500)
	tracker.Locked(identity.PeopleEndpoint, 2500)
	tracker.Answered(identity.PeopleEndpoint, 2, outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `1`}, 2501)
	assert.Equal(t, []string{"$dropped"}, waitingEvents(ports.storage), "stored as an event")
}

// Copies in IndexedDB come back once, for all endpoints: after a crash of the browser localStorage may have lost what waits.
func TestCopiesOfAllEndpointsComeBack(t *testing.T) {
	storage, mirror, now := map[string]string{}, map[string]string{}, int64(1000)
	p := Open(&Facts{Token: "T", Mirrored: settled, PageID: "p"}, &Page{}, tab{storage: storage, mirror: mirror}, now)
	p.Call(MethodIdentify, identity.Call{TimeMS: now, InsertID: "p-1"}, `["U"]`)
	p.Call(MethodNamed, identity.Call{TimeMS: now, InsertID: "p-2"}, `["people.set","a",1]`)
	p.Call(MethodNamed, identity.Call{TimeMS: now, InsertID: "p-3"}, `["get_group.set","company","acme","a",1]`)
	p.Commit(now)
	p.Leave(now + 1)
	var pairs [][2]string
	for key, text := range mirror {
		pairs = append(pairs, [2]string{key, text})
	}
	copies, err := json.Marshal(pairs)
	require.NoError(t, err)
	clear(storage)
	next := Open(&Facts{Token: "T", Mirrored: mirror[recordKey], PageID: "n"}, &Page{}, tab{storage: storage}, now+1000)
	next.Adopt(identity.EventsEndpoint, string(copies), now+1001)
	for endpoint := range identity.DeletionEndpoint {
		assert.Equal(t, 1, next.outboxes[endpoint].Waiting(), endpoint)
	}
}
