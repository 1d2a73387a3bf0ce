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

// tab is one tab's ports on a localStorage that all tabs share and see at once.
type tab struct{ storage map[string]string }

func (p tab) Get(key string) (string, bool) {
	text, ok := p.storage[key]
	return text, ok
}

func (p tab) Set(key, text string) error {
	p.storage[key] = text
	return nil
}

func (p tab) Remove(key string) { delete(p.storage, key) }

func (p tab) Keys(prefix string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.storage)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

func (tab) Send(uint32, outbox.Request) {}
func (tab) WakeAfter(int64)             {}
func (tab) Acquire(string)              {}
func (tab) Release()                    {}
func (tab) Keep(string, string)         {}
func (tab) Drop([]string)               {}
func (tab) Recall(string)               {}
func (tab) Random([]byte)               {}
func (tab) Warn(string)                 {}
func (tab) Flushed(uint32, bool)        {}

const (
	recordKey = "tl_T"
	settled   = `{"distinct_id":"$device:d1","device_id":"d1"}`
)

// openNew opens a tracker as a tab does whose shim knew no visitor: IndexedDB has said whose id it is to be.
func openNew(storage map[string]string, pageID string, now int64) *Tracker {
	return Open(Facts{Token: "T", Mirrored: settled, PageID: pageID}, &Page{}, tab{storage}, now)
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
