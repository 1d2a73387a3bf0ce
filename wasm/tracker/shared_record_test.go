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

// tab is the ports of one tab on a localStorage that all tabs share. full is the error of Set, if any. noOps names the function of
// storage that has no effect and reports no error.
type tab struct {
	gets            *int                  // reads that find nothing from now on
	keeps           func(key string) bool // whether storage keeps a key, nil for all
	storage, mirror map[string]string
	full            *bool
	noOps           *string
	warnings        *[]string
	ids             *byte
	cookies         *cookieJar // nil where the browser keeps none
}

func (p tab) Cookie(name string) string { return p.cookies.get(name) }

func (p tab) SetCookie(c *Cookie) bool { return p.cookies.set(c) }

func (p tab) isNoOp(about string) bool { return p.noOps != nil && *p.noOps == about }

func (p tab) Get(key string) (string, bool) {
	text, ok := p.storage[key]
	if p.gets != nil && *p.gets > 0 {
		*p.gets--
		return "", false
	}
	if p.isNoOp("reads") {
		return "", false
	}
	return text, ok
}

func (p tab) Set(key, text string) outbox.StorageStatus {
	if p.full != nil && *p.full {
		return outbox.Full
	}
	if !p.isNoOp("writes") && (p.keeps == nil || p.keeps(key)) {
		p.storage[key] = text
	}
	return outbox.OK
}

func (p tab) Remove(key string) { delete(p.storage, key) }

func (p tab) Keys(prefix string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.storage)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

func (p tab) Keep(key, text string) {
	if p.mirror != nil {
		p.mirror[key] = text
	}
}

func (p tab) Warn(warning string) {
	if p.warnings != nil {
		*p.warnings = append(*p.warnings, warning)
	}
}

func (p tab) Random(b []byte) {
	if p.ids != nil {
		*p.ids++
		b[0] = *p.ids
	}
}

func (tab) Send(uint32, outbox.Request) bool { return true }
func (tab) WakeAfter(int64)                  {}
func (tab) Acquire(string)                   {}
func (tab) Release()                         {}
func (tab) Drop([]string)                    {}
func (tab) Recall(string)                    {}
func (tab) Flushed(uint32, bool)             {}

func (p tab) For(identity.Endpoint) outbox.Ports { return p }

const events = identity.EventsEndpoint

const (
	recordKey = "tl_T"
	settled   = `{"distinct_id":"$device:d1","device_id":"d1"}`
)

// openNew opens a tracker in a tab whose shim knew no visitor, after IndexedDB has decided which of the minted ids counts.
func openNew(storage map[string]string, pageID string, now int64) *Tracker {
	return Open(&Facts{Token: "T", Mirrored: settled, PageID: pageID}, &Page{}, tab{storage: storage}, now)
}

func registerProperty(t *Tracker, name string, now int64) {
	t.Call(MethodRegister, identity.Call{TimeMS: now, InsertID: name}, `[{"`+name+`":true}]`)
	t.Commit(now)
}

// A tab whose shim found no record may open after another new tab has settled and saved what the page registered there.
func TestNewTabFindsWhatAnotherNewTabSaved(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"$device:d2","device_id":"d2","minted":1}`}
	left := openNew(storage, "left", 1000)
	registerProperty(left, "left", 1001)
	right := openNew(storage, "right", 1002)
	registerProperty(right, "right", 1003)
	for now := int64(1004); now < 1010; now++ {
		left.StorageChanged(now)
		right.StorageChanged(now)
	}
	for name, tracker := range map[string]*Tracker{"left": left, "right": right} {
		for _, property := range []string{"left", "right"} {
			answer := tracker.Call(MethodGetProperty, identity.Call{TimeMS: 1010}, `["`+property+`"]`)
			assert.Equal(t, "true", answer, "the %s tab, %s", name, property)
		}
	}
}

// A record that a shim minted does not count until it is settled, even if it is in localStorage.
func TestSettledRecordReplacesTheMintedOne(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"$device:d2","device_id":"d2","minted":1}`}
	tracker := openNew(storage, "page", 1000)
	assert.Equal(t, `"$device:d1"`, tracker.Call(MethodGetDistinctID, identity.Call{TimeMS: 1001}, `[]`))
	assert.Contains(t, storage[recordKey], `"$device:d1"`)
	assert.NotContains(t, storage[recordKey], `"minted":`)
}

func property(t *Tracker, name string, now int64) string {
	answer := t.Call(MethodGetProperty, identity.Call{TimeMS: now}, `["`+name+`"]`)
	t.Commit(now)
	return answer
}

// Changes that storage refused are not undone by what storage has, however late it is read again. They are stored once there is space.
func TestRecordThatStorageRefusesIsKept(t *testing.T) {
	storage, full := map[string]string{}, false
	open := func(now int64) *Tracker {
		return Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: storage, full: &full}, now)
	}
	tracker := open(1000)
	full = true
	registerProperty(tracker, "plan", 10_000)
	for now := int64(10_001); now < 60_000; now += 7_000 {
		assert.Equal(t, "true", property(tracker, "plan", now), now)
	}
	full = false
	other := open(60_000)
	registerProperty(other, "theirs", 60_000)
	for now := int64(60_001); now < 90_000; now += 7_000 {
		assert.Equal(t, "true", property(tracker, "plan", now), now)
		assert.Equal(t, "true", property(tracker, "theirs", now), now)
	}
	assert.Equal(t, "true", property(other, "plan", 90_000))
}

// A record that something else than a tracker overwrote is written again.
func TestRecordOfAnOpenPageIsRestored(t *testing.T) {
	storage := map[string]string{}
	tracker := openNew(storage, "page", 1000)
	registerProperty(tracker, "plan", 1001)
	want := storage[recordKey]
	storage[recordKey] = "nonsense"
	tracker.StorageChanged(9000)
	assert.Equal(t, saveCount(want)+1, saveCount(storage[recordKey]))
	assert.Equal(t, "true", property(openNew(storage, "next", 10_000), "plan", 10_000))
}

// After a crash of the browser, localStorage may have a record that is a minute old. The copy in IndexedDB is newer, and it alone has a
// login or logout in between.
func TestKilledBrowserGoesOnAsItsLatestVisitor(t *testing.T) {
	storage := map[string]string{}
	tracker := openNew(storage, "page", 1000)
	registerProperty(tracker, "early", 1001)
	old := storage[recordKey]
	registerProperty(tracker, "late", 2000)
	tracker.Call(MethodIdentify, identity.Call{TimeMS: 2001, InsertID: "i"}, `["U"]`)
	tracker.Commit(2001)
	mirrored := storage[recordKey]

	storage[recordKey] = old
	next := Open(&Facts{Token: "T", Mirrored: mirrored}, &Page{}, tab{storage: storage}, 70_000)
	assert.Equal(t, `"U"`, next.Call(MethodGetDistinctID, identity.Call{TimeMS: 70_001}, `[]`))
	for _, name := range []string{"early", "late"} {
		assert.Equal(t, "true", property(next, name, 80_000), name)
	}
	assert.Greater(t, saveCount(storage[recordKey]), saveCount(mirrored), "localStorage has it again")

	// If IndexedDB is older, as after a page that was left at once, localStorage counts.
	late := Open(&Facts{Token: "T", Mirrored: old}, &Page{}, tab{storage: storage}, 90_000)
	assert.Equal(t, `"U"`, late.Call(MethodGetDistinctID, identity.Call{TimeMS: 90_001}, `[]`))
	assert.Equal(t, "true", property(late, "late", 90_001))
}

func distinctID(t *Tracker, now int64) string {
	answer := t.Call(MethodGetDistinctID, identity.Call{TimeMS: now}, `[]`)
	t.Commit(now)
	return answer
}

func track(t *Tracker, id string, now int64) {
	t.Call(MethodTrack, identity.Call{TimeMS: now, InsertID: id}, `["Item Viewed"]`)
	t.Commit(now)
}

// A page that empties localStorage, as some sites do at logout, begins a new visitor at once. Events tracked before keep their visitor.
func TestStorageEmptiedByThePageIsANewVisitor(t *testing.T) {
	for name, empty := range map[string]func(map[string]string){
		"all of it":   func(storage map[string]string) { clear(storage) },
		"our own key": func(storage map[string]string) { delete(storage, recordKey) },
	} {
		for moment, notice := range map[string]func(*Tracker){
			"the next call":        func(t *Tracker) { distinctID(t, 2200) },
			"timers":               func(t *Tracker) { t.Wake(events, 2200); t.Wake(events, 2200+newVisitorDelayMS) },
			"an answer":            func(t *Tracker) { t.Wake(events, 2200); t.Answered(events, 1, outbox.Answer{Status: 503}, 3300) },
			"another tab's change": func(t *Tracker) { t.StorageChanged(2200); t.StorageChanged(3300) },
			"leaving":              func(t *Tracker) { t.Leave(2200) },
		} {
			t.Run(name+", noticed by "+moment, func(t *testing.T) {
				storage, mirror := map[string]string{}, map[string]string{}
				tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: storage, mirror: mirror}, 1000)
				registerProperty(tracker, "plan", 1500)
				tracker.Call(MethodIdentify, identity.Call{TimeMS: 1600, InsertID: "i"}, `["U"]`)
				track(tracker, "i1", 2000)
				before := maps.Clone(storage)
				empty(storage)
				notice(tracker)
				assert.NotContains(t, storage[recordKey], `"U"`, "stored at once")
				assert.NotEmpty(t, storage[recordKey])
				id := distinctID(tracker, 4000)
				assert.NotEqual(t, `"U"`, id)
				assert.NotEqual(t, `"$device:d1"`, id)
				assert.Equal(t, "null", emptyToNull(property(tracker, "plan", 4000)))
				assert.Contains(t, storage[recordKey], id)
				assert.Contains(t, mirror[recordKey], id, "and IndexedDB forgets the visitor before")
				for key, text := range before {
					if key != recordKey {
						assert.Equal(t, text, storage[key], "what waits is kept, with the ids that it had")
					}
				}
			})
		}
	}
}

func emptyToNull(raw string) string {
	if raw == "" {
		return "null"
	}
	return raw
}

// Several tabs are open when one of them empties localStorage. Each may begin a new visitor, and all end up with the same.
func TestTabsAgreeOnTheNewVisitorOfAnEmptiedStorage(t *testing.T) {
	storage := map[string]string{}
	left, right := openNew(storage, "left", 1000), openNew(storage, "right", 1001)
	ids := tab{storage: storage, ids: new(byte)}
	left.ports, right.ports = ids, ids
	clear(storage)
	left.StorageChanged(9000) // It gets the storage event before the page that emptied storage makes its next call.
	left.Answered(events, 1, outbox.Answer{Status: 503}, 9001)
	first := distinctID(right, 9002)
	assert.NotEqual(t, `"$device:d1"`, first)
	assert.Equal(t, first, distinctID(left, 9003))
	assert.Equal(t, first, distinctID(right, 9004), "and stays")
	// If both begin a visitor, they agree in the end.
	clear(storage)
	second := distinctID(left, 20_000)
	delete(storage, recordKey)
	third := distinctID(right, 20_001)
	left.StorageChanged(20_002)
	right.StorageChanged(20_003)
	assert.Equal(t, third, distinctID(left, 20_004))
	assert.Equal(t, third, distinctID(right, 20_004))
	assert.NotEqual(t, second, first)
}

// Storage that keeps nothing, or returns nothing, was not emptied by the page. The visitor continues in memory.
func TestStorageThatStopsWorkingKeepsTheVisitor(t *testing.T) {
	for _, at := range []string{"the start", "a later moment"} {
		for _, what := range []string{"writes", "reads"} {
			t.Run(what+" from "+at, func(t *testing.T) {
				lies := ""
				var warnings []string
				ports := tab{storage: map[string]string{}, noOps: &lies, warnings: &warnings}
				if at == "the start" {
					lies = what
				}
				tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, ports, 1000)
				registerProperty(tracker, "plan", 1001)
				lies = what
				if what == "writes" {
					clear(ports.storage)
				}
				for now := int64(2000); now < 200_000; now += 7_000 {
					tracker.Wake(events, now)
					assert.Equal(t, `"$device:d1"`, distinctID(tracker, now))
					assert.Equal(t, "true", property(tracker, "plan", now))
				}
				assert.Len(t, warnings, 1)
				assert.Contains(t, warnings[0], "storage_unavailable")
			})
		}
	}
}

// A script that asks for consent may filter storage by key, so that our record is removed and not kept any more while everything else
// is. That makes one new visitor, and not one at every call.
func TestStorageThatKeepsEverythingButTheRecord(t *testing.T) {
	filtered := false
	var warnings []string
	ports := tab{
		storage: map[string]string{}, warnings: &warnings, ids: new(byte),
		keeps: func(key string) bool { return !filtered || key != recordKey },
	}
	tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, ports, 1000)
	track(tracker, "i1", 1001)
	filtered = true
	delete(ports.storage, recordKey)
	ids := map[string]bool{}
	for now := int64(2000); now < 200_000; now += 7_000 {
		tracker.Wake(events, now)
		ids[distinctID(tracker, now)] = true
	}
	assert.Len(t, ids, 1)
	assert.Contains(t, warnings[0], "storage_unavailable")
}

// A read that fails once does not mean that the page has emptied storage.
func TestReadThatFailsOnceKeepsTheRecord(t *testing.T) {
	ports := tab{storage: map[string]string{}, gets: new(int), ids: new(byte)}
	tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, ports, 1000)
	for now := int64(2000); now < 60_000; now += 7_000 {
		*ports.gets = 1
		assert.Equal(t, `"$device:d1"`, distinctID(tracker, now))
		*ports.gets = 1
		tracker.Wake(events, now+10)
		*ports.gets = 1
		tracker.Wake(events, now+10+newVisitorDelayMS)
	}
}

// A page may empty storage between two calls of one task. Then the old visitor is not stored again, and nobody becomes an alias of
// them.
func TestStorageEmptiedWithinATask(t *testing.T) {
	timed := func(t *Tracker) { t.Call(MethodTimeEvent, identity.Call{TimeMS: 2000}, `["Left"]`) }
	plain := func(t *Tracker) { t.Call(MethodTrack, identity.Call{TimeMS: 2000, InsertID: "i1"}, `["Left"]`) }
	for name, before := range map[string]func(*Tracker){"a changed record": timed, "an event": plain} {
		for next, after := range map[string]func(*Tracker){
			"nothing": func(*Tracker) {},
			"alias": func(t *Tracker) {
				t.Call(MethodAlias, identity.Call{TimeMS: 2000, InsertID: "a"}, `["New"]`)
			},
			"identify": func(t *Tracker) {
				t.Call(MethodIdentify, identity.Call{TimeMS: 2000, InsertID: "n"}, `["New"]`)
			},
		} {
			t.Run(name+", then "+next, func(t *testing.T) {
				storage := map[string]string{}
				tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: storage, ids: new(byte)}, 1000)
				tracker.Call(MethodIdentify, identity.Call{TimeMS: 1600, InsertID: "i"}, `["Old"]`)
				tracker.Commit(1600)
				before(tracker)
				clear(storage)
				after(tracker)
				tracker.Commit(2001)
				assert.NotContains(t, storage[recordKey], `"Old"`)
				track(tracker, "i2", 9000)
				assert.NotContains(t, storage[recordKey], `"Old"`)
				if next != "nothing" {
					assert.Contains(t, storage[recordKey], `"New"`)
				}
				for key, text := range storage {
					if strings.Contains(text, `"New"`) {
						assert.NotContains(t, text, `"Old"`, key)
					}
				}
			})
		}
	}
}

// IndexedDB restores a visitor after a crash of the browser only as long as localStorage may not have reached the disk. Of a visitor who has
// logged in or signed up, it restores none whose page was left: a page without the library may have emptied localStorage at the logout.
func TestMirrorCopyIsMarkedOnceLocalStorageIsOnTheDisk(t *testing.T) {
	call := func(t *Tracker, method Method, now int64) {
		t.Call(method, identity.Call{TimeMS: now, InsertID: "i9"}, `["U"]`)
		t.Commit(now)
	}
	for name, c := range map[string]struct {
		do   func(*Tracker)
		want bool
	}{
		"a moment later":          {func(t *Tracker) { t.Wake(events, 4000) }, false},
		"a change":                {func(t *Tracker) { registerProperty(t, "plan", 4000) }, false},
		"left":                    {func(t *Tracker) { t.Leave(4000) }, false},
		"logged in":               {func(t *Tracker) { call(t, MethodIdentify, 4000) }, false},
		"left, logged in":         {func(t *Tracker) { call(t, MethodIdentify, 4000); t.Leave(5000) }, true},
		"left, signed up":         {func(t *Tracker) { call(t, MethodAlias, 4000); t.Leave(5000) }, true},
		"two minutes later":       {func(t *Tracker) { t.Commit(1000 + durableMS) }, true},
		"left, two minutes later": {func(t *Tracker) { t.Leave(4000); t.Resume(5000); t.Leave(1000 + durableMS) }, true},
		"a change after that":     {func(t *Tracker) { t.Commit(1000 + durableMS); registerProperty(t, "plan", 2000+durableMS) }, true},
		"emptied since":           {func(t *Tracker) { t.Commit(1000 + durableMS); t.ports.Remove(recordKey); distinctID(t, 2000+durableMS) }, false},
	} {
		storage, mirror := map[string]string{}, map[string]string{}
		tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: storage, mirror: mirror}, 1000)
		c.do(tracker)
		assert.Equal(t, c.want, strings.HasSuffix(mirror[recordKey], durableMark), name)
		assert.NotContains(t, storage[recordKey], "durable", name)
	}
}

// The time counts from when the visitor began, so that it also passes for somebody who stays on no page for long.
func TestMirrorCopyIsMarkedByALaterPageThatFindsTheRecord(t *testing.T) {
	const first = 1000
	for name, c := range map[string]struct {
		opened int64
		lost   bool // the browser was killed before it wrote localStorage
		want   bool
	}{
		"soon":                           {opened: first + 5000},
		"after two minutes":              {opened: first + durableMS, want: true},
		"after two minutes, but lost":    {opened: first + durableMS, lost: true},
		"with a clock that was set back": {opened: first - 10*durableMS},
	} {
		storage, mirror := map[string]string{}, map[string]string{}
		open := func(mirrored string, now int64) *Tracker {
			tracker := Open(&Facts{Token: "T", Mirrored: mirrored}, &Page{}, tab{storage: storage, mirror: mirror}, now)
			tracker.Commit(now)
			return tracker
		}
		open(settled, first).Leave(2000)
		if c.lost {
			clear(storage)
		}
		next := open(mirror[recordKey], c.opened)
		next.Leave(c.opened + 1000)
		isMarked := func() bool { return strings.HasSuffix(mirror[recordKey], durableMark) }
		assert.Equal(t, c.want, isMarked(), name)
		next.Commit(c.opened + durableMS)
		assert.True(t, isMarked(), "%s: two minutes on this page", name)
	}
}

func TestMirrorCopyStaysMarkedWhateverAnotherTabDoes(t *testing.T) {
	storage, mirror := map[string]string{}, map[string]string{}
	first := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: storage, mirror: mirror}, 1000)
	second := Open(&Facts{Token: "T", Mirrored: mirror[recordKey]}, &Page{}, tab{storage: storage, mirror: mirror}, 60_000)
	first.Commit(1000 + durableMS)
	registerProperty(second, "plan", 2000+durableMS)
	assert.True(t, strings.HasSuffix(mirror[recordKey], durableMark))
	second.Leave(3000 + durableMS)
	assert.True(t, strings.HasSuffix(mirror[recordKey], durableMark))
}

func TestRecordThatStorageDoesNotHoldIsNeverDurable(t *testing.T) {
	full := true
	mirror := map[string]string{}
	tracker := Open(&Facts{Token: "T", Mirrored: settled}, &Page{}, tab{storage: map[string]string{}, mirror: mirror, full: &full}, 1000)
	tracker.Commit(1000 + 2*durableMS)
	tracker.Leave(1001 + 2*durableMS)
	assert.NotContains(t, mirror[recordKey], "durable")
}
