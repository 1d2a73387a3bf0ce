package tracker

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// consentModel is a few tabs of one browser. One visitor logs in and out, and opts out and in, in any order and in any tab, while the
// network fails now and then and tabs are killed.
type consentModel struct {
	t         *testing.T
	rand      *rand.Rand
	storage   map[string]string
	mirror    map[string]string
	now       int64
	calls     int
	tabs      []*modelTab
	failing   bool
	forbidden map[string]bool // insert ids of what was tracked while opted out, and the values of such profile updates
	arrived   []sentMessage
}

// sentMessage is an event, or an update of a profile that sets the property id.
type sentMessage struct {
	Event      string
	Properties map[string]any
	Set        map[string]any `json:"$set"`
	DistinctID string         `json:"$distinct_id"`
}

func (m sentMessage) id() string {
	if m.Set != nil {
		return fmt.Sprint(m.Set["id"])
	}
	return fmt.Sprint(m.Properties["$insert_id"])
}

type modelTab struct {
	tab
	*consentModel
	tracker   *Tracker
	page      string
	endpoints [identity.EndpointCount]modelEndpoint
}

// modelEndpoint is the ports of one endpoint's outbox.
type modelEndpoint struct {
	*modelTab
	endpoint identity.Endpoint
	waiting  []waitingAnswer
	asks     bool // for the lock
	recalls  bool
}

type waitingAnswer struct {
	request uint32
	answer  outbox.Answer
}

func (m *modelTab) Random(b []byte)     { m.rand.Read(b) }
func (m *modelTab) Recall(string)       { m.endpoints[events].recalls = true }
func (m *modelTab) Drop(ks []string)    { dropAll(m.consentModel.mirror, ks) }
func (m *modelEndpoint) Acquire(string) { m.asks = true }
func (m *modelEndpoint) Release()       { m.asks = false }
func (m *modelEndpoint) Recall(string)  { m.recalls = true }

func (m *modelTab) For(endpoint identity.Endpoint) outbox.Ports {
	m.endpoints[endpoint] = modelEndpoint{modelTab: m, endpoint: endpoint}
	return &m.endpoints[endpoint]
}

func dropAll(from map[string]string, keys []string) {
	for _, key := range keys {
		delete(from, key)
	}
}

// Send checks every request: none while the visitor is opted out, and none with an event that was tracked then.
func (m *modelEndpoint) Send(id uint32, r outbox.Request) bool {
	record, _ := identity.ParseRecord(m.consentModel.storage[recordKey])
	require.False(m.t, record.OptedOut, "sent while opted out")
	form, err := url.ParseQuery(r.Body)
	require.NoError(m.t, err)
	var messages []sentMessage
	require.NoError(m.t, json.Unmarshal([]byte(form.Get("data")), &messages))
	for _, sent := range messages {
		require.False(m.t, m.forbidden[sent.id()], "%v was made while opted out", sent)
		require.Equal(m.t, m.endpoint != events, sent.Event == "", "%v goes to another endpoint", sent)
		require.Equal(m.t, m.endpoint == identity.PeopleEndpoint, sent.DistinctID != "", "%v goes to another endpoint", sent)
	}
	answer := outbox.Answer{RetryAfterMS: -1, Body: "no answer"}
	if !m.failing {
		m.arrived = append(m.arrived, messages...)
		answer = outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1}`}
	}
	m.waiting = append(m.waiting, waitingAnswer{id, answer})
	return true
}

func (m *consentModel) open() {
	m.calls++
	t := &modelTab{tab: tab{storage: m.storage, mirror: m.mirror}, consentModel: m, page: fmt.Sprintf("p%d-", m.calls)}
	mirrored := m.mirror[recordKey]
	if mirrored == "" {
		mirrored = settled
	}
	t.tracker = Open(&Facts{Token: "T", Mirrored: mirrored, PageID: t.page}, &Page{}, t, m.now)
	m.tabs = append(m.tabs, t)
}

// answer gives a tab the answers that it waits for.
func (m *modelTab) answer() {
	for i := range m.endpoints {
		m.endpoints[i].answer()
	}
}

func (m *modelEndpoint) answer() {
	if len(m.waiting) > 0 {
		first := m.waiting[0]
		m.waiting = m.waiting[1:]
		m.tracker.Answered(m.endpoint, first.request, first.answer, m.now)
	}
	if m.asks {
		m.asks = false
		m.tracker.Locked(m.endpoint, m.now)
	}
	if m.recalls {
		m.recalls = false
		pairs := [][2]string{}
		for key, text := range m.consentModel.mirror {
			pairs = append(pairs, [2]string{key, text})
		}
		copies, err := json.Marshal(pairs)
		require.NoError(m.t, err)
		m.tracker.Adopt(m.endpoint, string(copies), m.now)
	}
}

func (m *modelTab) call(method Method, args string) (id string) {
	m.calls++
	id = fmt.Sprintf("%s%d", m.page, m.calls)
	m.tracker.Call(method, identity.Call{TimeMS: m.now, InsertID: id}, args)
	m.tracker.Commit(m.now)
	return id
}

func (m *consentModel) step() {
	m.now += int64(m.rand.Intn(2000))
	m.failing = m.rand.Intn(3) == 0
	i := m.rand.Intn(len(m.tabs))
	t := m.tabs[i]
	user := fmt.Sprintf(`["user%d"]`, m.rand.Intn(3))
	switch m.rand.Intn(17) {
	case 0, 1:
		record, _ := identity.ParseRecord(m.storage[recordKey])
		if id := t.call(MethodTrack, `["E"]`); record.OptedOut {
			m.forbidden[id] = true
		}
	case 2:
		t.call(MethodIdentify, user)
	case 3:
		t.call(MethodAlias, user)
	case 4:
		t.call(MethodReset, `[]`)
	case 5:
		t.call(MethodOptOut, `[]`)
	case 6, 7:
		t.call(MethodOptIn, `[]`)
	case 8:
		if len(m.tabs) < 4 {
			m.open()
		}
	case 9:
		t.tracker.Wake(identity.Endpoint(m.rand.Intn(int(identity.EndpointCount))), m.now)
	case 10:
		t.tracker.StorageChanged(m.now)
	case 11:
		if len(m.tabs) > 1 && m.rand.Intn(3) == 0 {
			m.tabs = append(m.tabs[:i:i], m.tabs[i+1:]...)
			return
		}
	case 13, 14:
		record, _ := identity.ParseRecord(m.storage[recordKey])
		method := []string{`"people.set"`, `"get_group.set","company","acme"`}[m.rand.Intn(2)]
		id := fmt.Sprintf("u%d", m.calls)
		if t.call(MethodNamed, `[`+method+`,"id","`+id+`"]`); record.OptedOut {
			m.forbidden[id] = true
		}
	case 15:
		t.call(MethodNamed, `["clear_opt_in_out_tracking"]`)
	case 16:
		t.call(MethodOptOut, `[{"clear_persistence":true}]`)
	case 12:
		t.tracker.Leave(m.now)
		t.tracker.Resume(m.now)
	}
	if m.rand.Intn(2) == 0 {
		t.answer()
	}
}

// Whatever several tabs do, nothing is sent while the visitor is opted out, nor what was tracked then. Once they have opted in, the
// collector receives their alias and their last login.
func TestConsentHoldsInAnyOrder(t *testing.T) {
	for seed := range int64(1500) {
		m := &consentModel{
			t: t, rand: rand.New(rand.NewSource(seed)), now: 1000, forbidden: map[string]bool{},
			storage: map[string]string{}, mirror: map[string]string{},
		}
		m.open()
		for range 40 {
			m.step()
		}
		m.failing = false
		m.tabs[0].call(MethodOptIn, `[]`)
		for range 40 {
			m.now += 20_000
			for _, t := range m.tabs {
				t.tracker.StorageChanged(m.now)
				for endpoint := range identity.EndpointCount {
					t.tracker.Wake(endpoint, m.now)
				}
				t.answer()
				t.answer()
			}
		}
		record, _ := identity.ParseRecord(m.storage[recordKey])
		require.False(t, record.OptedOut, "seed %d", seed)
		heard := map[string]bool{"": true}
		for _, e := range m.arrived {
			heard[e.id()] = true
		}
		require.True(t, heard[record.IdentifyInsertID], "seed %d: the login of %s", seed, m.storage[recordKey])
		require.True(t, heard[record.AliasInsertID], "seed %d: the alias of %s", seed, m.storage[recordKey])
		record.Waiting.Each(func(_, raw string) bool {
			require.True(t, record.UserID == "" || raw == "null", "seed %d: what waited of %s", seed, m.storage[recordKey])
			return true
		})
	}
}
