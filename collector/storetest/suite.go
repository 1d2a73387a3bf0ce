// Package storetest holds every store to the same behaviour: what is stored once stays so, order, persons, profiles, deletion, and how a store
// closes. Each store's package calls Run with how to make a database of its kind; what only one kind can do or suffer is tested there. Read Run.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
	"github.com/throughline/throughline/identity"
)

// Kind is a kind of database.
type Kind struct {
	// New makes an empty database and returns how to open it. It can be opened again once it was closed.
	New func(t *testing.T) func(store.Config) (store.Store, error)
	// Shared says that several stores can have one database open at the same time.
	Shared bool
}

// Run runs all tests against a kind of database.
func Run(t *testing.T, kind Kind) {
	for name, test := range map[string]func(*testing.T, Kind){
		"once":                      testOnce,
		"once, concurrently":        testOnceConcurrently,
		"large batch":               testLargeBatch,
		"texts":                     testTexts,
		"order":                     testOrder,
		"order under load":          testOrderUnderLoad,
		"pages":                     testPages,
		"pages of large events":     testPagesOfLargeEvents,
		"clocks":                    testClocks,
		"changes":                   testChanges,
		"counts and recent ids":     testCounts,
		"events between":            testEventsBetween,
		"commits are counted":       testCommitted,
		"events of a person":        testEventsOf,
		"who holds an alias":        testHolders,
		"contested concurrently":    testContestedConcurrently,
		"persons equal the graph":   testPersonsEqualTheGraph,
		"large persons":             testLargePersons,
		"contested id":              testContestedID,
		"profiles":                  testProfiles,
		"profiles are summarized":   testProfilesAreSummarized,
		"profile of several ids":    testProfileOfSeveralIDs,
		"delete forgets":            testDeleteForgets,
		"delete under load":         testDeleteUnderLoad,
		"erase":                     testErase,
		"erase many ids":            testEraseManyIDs,
		"erase many events":         testEraseManyEvents,
		"erase under load":          testEraseUnderLoad,
		"erased profile stays away": testErasedProfile,
		"ids are not given twice":   testIDsAreNotGivenTwice,
		"retention":                 testRetention,
		"retention, wrong clocks":   testRetentionOfWrongClocks,
		"giving up":                 testGivingUp,
		"closing under load":        testClosingUnderLoad,
		"ready":                     testReady,
	} {
		t.Run(name, func(t *testing.T) { test(t, kind) })
	}
}

// harness is a store whose clock the test sets.
type harness struct {
	store.Store
	t       *testing.T
	open    func(store.Config) (store.Store, error)
	config  store.Config
	people  *people.Directory
	mu      sync.Mutex
	now     time.Time
	changes []event.Changes
	graphs  map[string]*identity.Graph // of all claims that were accepted here, by token
	closed  bool
}

// asOf is what the clock of a store says until a test sets it.
var asOf = time.UnixMilli(1_700_000_000_000)

func newHarness(t *testing.T, kind Kind) *harness {
	t.Helper()
	return openHarness(t, kind.New(t), store.Config{})
}

func openHarness(t *testing.T, open func(store.Config) (store.Store, error), config store.Config) *harness {
	t.Helper()
	h := &harness{t: t, open: open, now: asOf, graphs: map[string]*identity.Graph{}}
	config.OnCommit = h.onCommit
	config.Log = slog.New(slog.DiscardHandler)
	config.Now = func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}
	h.config = config
	h.reopen()
	t.Cleanup(h.close)
	return h
}

func (h *harness) onCommit(changes event.Changes) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, changes)
	for _, c := range changes.Claims {
		if h.graphs[c.Token] == nil {
			h.graphs[c.Token] = identity.NewGraph()
		}
		h.graphs[c.Token].Add(c.Claim)
	}
}

func (h *harness) reopen() {
	h.t.Helper()
	var err error
	h.Store, err = h.open(h.config)
	require.NoError(h.t, err)
	h.closed = false
	h.people = people.NewDirectoryWithoutCache(h.Claims())
}

func (h *harness) close() {
	if !h.closed {
		h.closed = true
		require.NoError(h.t, h.Close())
	}
}

func (h *harness) setNow(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

func (h *harness) changed() []event.Changes {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]event.Changes(nil), h.changes...)
}

func (h *harness) send(events ...event.Event) {
	h.t.Helper()
	require.NoError(h.t, h.Store.Store(h.t.Context(), event.Batch{Events: events}))
}

func (h *harness) update(updates ...event.Update) {
	h.t.Helper()
	for i := range updates {
		updates[i].Token = "t"
	}
	require.NoError(h.t, h.Store.Store(h.t.Context(), event.Batch{Updates: updates}))
}

// all returns all events of a project, read page by page.
func (h *harness) all(token string) (events []event.Stored) {
	h.t.Helper()
	for last := int64(0); ; {
		page, err := h.After(h.t.Context(), token, last, 1000)
		require.NoError(h.t, err)
		if len(page) == 0 {
			return events
		}
		events, last = append(events, page...), page[len(page)-1].ID
	}
}

func (h *harness) count(token string, ids ...string) int {
	h.t.Helper()
	count, err := h.CountOf(h.t.Context(), token, ids)
	require.NoError(h.t, err)
	return count
}

// newEvent returns an event of the project t.
func newEvent(insertID string) event.Event {
	return event.Event{Token: "t", Name: "E", DistinctID: "d", SentMS: 1, InsertID: insertID, Properties: "{}"}
}

func newEvents(from, to int) (events []event.Event) {
	for i := from; i < to; i++ {
		events = append(events, newEvent(fmt.Sprint(i)))
	}
	return events
}

// newClaim returns a `$create_alias` of the project t.
func newClaim(alias, distinctID, insertID string) event.Event {
	return event.Event{Token: "t", Name: "$create_alias", DistinctID: distinctID, Alias: alias, SentMS: 2, InsertID: insertID, Properties: "{}"}
}

func insertIDs(events []event.Stored) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.InsertID
	}
	return ids
}

// stores opens a database by two stores where it can be shared, else by one that stands for both.
func stores(t *testing.T, kind Kind) []*harness {
	open := kind.New(t)
	first := openHarness(t, open, store.Config{})
	if !kind.Shared {
		return []*harness{first, first}
	}
	return []*harness{first, openHarness(t, open, store.Config{})}
}

// eventually waits until check is true; everything that a store does by and by is done within seconds.
func eventually(t *testing.T, check func() bool, messages ...any) {
	t.Helper()
	require.Eventually(t, check, 20*time.Second, 5*time.Millisecond, messages...)
}

// giveUpSoon returns a context that ends soon.
func giveUpSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
