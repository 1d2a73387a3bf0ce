package tracker

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// tab is one tab's ports on a localStorage that all tabs share and see at once. full is why it refuses to store, if it does.
type tab struct {
	storage map[string]string
	full    *bool
}

func (p tab) Get(key string) (string, bool) {
	text, ok := p.storage[key]
	return text, ok
}

func (p tab) Set(key, text string) error {
	if p.full != nil && *p.full {
		return outbox.ErrFull
	}
	p.storage[key] = text
	return nil
}

func (p tab) Remove(key string) { delete(p.storage, key) }

func (p tab) Keys(prefix string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.storage)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

func (tab) Send(uint32, outbox.Request) bool { return true }
func (tab) WakeAfter(int64)                  {}
func (tab) Acquire(string)                   {}
func (tab) Release()                         {}
func (tab) Keep(string, string)              {}
func (tab) Drop([]string)                    {}
func (tab) Recall(string)                    {}
func (tab) Random([]byte)                    {}
func (tab) Warn(string)                      {}
func (tab) Flushed(uint32, bool)             {}

const (
	recordKey = "tl_T"
	settled   = `{"distinct_id":"$device:d1","device_id":"d1"}`
)

// openNew opens a tracker as a tab does whose shim knew no visitor: IndexedDB has said whose id it is to be.
func openNew(storage map[string]string, pageID string, now int64) *Tracker {
	return Open(Facts{Token: "T", Mirrored: settled, PageID: pageID}, &Page{}, tab{storage: storage}, now)
}

func register(t *Tracker, name string, now int64) {
	t.Call(MethodRegister, identity.Stamp{TimeMS: now, InsertID: name}, `[{"`+name+`":true}]`)
	t.Commit(now)
}

// A tab whose shim found nobody may open after another new tab has settled and saved what the page registered there.
func TestNewTabFindsWhatAnotherNewTabSaved(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"$device:d2","device_id":"d2","minted":1}`}
	left := openNew(storage, "left", 1000)
	register(left, "left", 1001)
	right := openNew(storage, "right", 1002)
	register(right, "right", 1003)
	for now := int64(1004); now < 1010; now++ {
		left.Changed(now)
		right.Changed(now)
	}
	for name, tracker := range map[string]*Tracker{"left": left, "right": right} {
		for _, property := range []string{"left", "right"} {
			answer := tracker.Call(MethodGetProperty, identity.Stamp{TimeMS: 1010}, `["`+property+`"]`)
			assert.Equal(t, "true", answer, "the %s tab, %s", name, property)
		}
	}
}

// What a shim minted is nobody's yet, whoever's storage it is found in.
func TestMintedRecordGivesWayToTheSettledOne(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"$device:d2","device_id":"d2","minted":1}`}
	tracker := openNew(storage, "page", 1000)
	assert.Equal(t, `"$device:d1"`, tracker.Call(MethodGetDistinctID, identity.Stamp{TimeMS: 1001}, `[]`))
	assert.Contains(t, storage[recordKey], `"$device:d1"`)
	assert.NotContains(t, storage[recordKey], "minted")
}

func property(t *Tracker, name string, now int64) string {
	answer := t.Call(MethodGetProperty, identity.Stamp{TimeMS: now}, `["`+name+`"]`)
	t.Commit(now)
	return answer
}

// What storage refused is not undone by what storage has, however late that is read again; and it is stored once there is room.
func TestRecordThatStorageRefusesIsKept(t *testing.T) {
	storage, full := map[string]string{}, false
	open := func(now int64) *Tracker {
		return Open(Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage, &full}, now)
	}
	tracker := open(1000)
	full = true
	register(tracker, "plan", 10_000)
	for now := int64(10_001); now < 60_000; now += 7_000 {
		assert.Equal(t, "true", property(tracker, "plan", now), now)
	}
	full = false
	other := open(60_000)
	register(other, "theirs", 60_000)
	for now := int64(60_001); now < 90_000; now += 7_000 {
		assert.Equal(t, "true", property(tracker, "plan", now), now)
		assert.Equal(t, "true", property(tracker, "theirs", now), now)
	}
	assert.Equal(t, "true", property(other, "plan", 90_000))
}

// A record that something else than a tracker wrote over is written again.
func TestRecordOfAnOpenPageIsRestored(t *testing.T) {
	storage := map[string]string{}
	tracker := openNew(storage, "page", 1000)
	register(tracker, "plan", 1001)
	want := storage[recordKey]
	storage[recordKey] = "nonsense"
	tracker.Changed(9000)
	assert.Equal(t, savesOf(want)+1, savesOf(storage[recordKey]))
	assert.Equal(t, "true", property(openNew(storage, "next", 10_000), "plan", 10_000))
}

// After a kill of the whole browser localStorage may have a record of a minute ago. The copy in IndexedDB is the newer one, and it alone
// knows of a login, or a logout, in between.
func TestKilledBrowserGoesOnAsItsLatestVisitor(t *testing.T) {
	storage := map[string]string{}
	tracker := openNew(storage, "page", 1000)
	register(tracker, "early", 1001)
	old := storage[recordKey]
	register(tracker, "late", 2000)
	tracker.Call(MethodIdentify, identity.Stamp{TimeMS: 2001, InsertID: "i"}, `["U"]`)
	tracker.Commit(2001)
	mirrored := storage[recordKey]

	storage[recordKey] = old
	next := Open(Facts{Token: "T", Mirrored: mirrored}, &Page{}, tab{storage: storage}, 70_000)
	assert.Equal(t, `"U"`, next.Call(MethodGetDistinctID, identity.Stamp{TimeMS: 70_001}, `[]`))
	for _, name := range []string{"early", "late"} {
		assert.Equal(t, "true", property(next, name, 80_000), name)
	}
	assert.Greater(t, savesOf(storage[recordKey]), savesOf(mirrored), "localStorage has it again")

	// Where IndexedDB is behind, as after a page that was left at once, localStorage is right.
	late := Open(Facts{Token: "T", Mirrored: old}, &Page{}, tab{storage: storage}, 90_000)
	assert.Equal(t, `"U"`, late.Call(MethodGetDistinctID, identity.Stamp{TimeMS: 90_001}, `[]`))
	assert.Equal(t, "true", property(late, "late", 90_001))
}

// A page that empties localStorage, as some do at logout, takes nothing from what was tracked a moment before.
func TestStorageEmptiedByThePageIsFilledAgain(t *testing.T) {
	storage := map[string]string{}
	tracker := openNew(storage, "page", 1000)
	track := func(id string, now int64) {
		tracker.Call(MethodTrack, identity.Stamp{TimeMS: now, InsertID: id}, `["Item Viewed"]`)
		tracker.Commit(now)
	}
	track("i1", 2000)
	track("i2", 2001)
	before := maps.Clone(storage)
	clear(storage)
	tracker.Wake(2200)
	assert.Equal(t, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(storage)))
	for key, text := range before {
		if key != recordKey {
			assert.Equal(t, text, storage[key])
		}
	}
	assert.Equal(t, `"$device:d1"`, openNew(storage, "next", 3000).Call(MethodGetDistinctID, identity.Stamp{TimeMS: 3000}, `[]`))
}
