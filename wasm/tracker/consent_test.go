package tracker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
)

// recordingTab is a tab that records the warnings and requests of its tracker.
type recordingTab struct {
	tab
	warnings *[]string
	sent     *[]string
}

func (h recordingTab) For(identity.Endpoint) outbox.Ports { return h }

func (h recordingTab) Warn(warning string) { *h.warnings = append(*h.warnings, warning) }
func (h recordingTab) Send(_ uint32, r outbox.Request) bool {
	*h.sent = append(*h.sent, r.Body)
	return true
}

// visitorTab is a tracker whose calls are a second apart.
type visitorTab struct {
	*Tracker
	now      *int64
	page     string
	calls    int
	warnings *[]string
	sent     *[]string
}

func openVisitorTab(storage map[string]string, page string, now *int64) *visitorTab {
	p := &visitorTab{now: now, page: page, warnings: &[]string{}, sent: &[]string{}}
	facts := &Facts{Token: "T", Mirrored: storage[recordKey], PageID: page, Config: `{"api_host":"https://` + page + `.example"}`}
	if facts.Mirrored == "" {
		facts.Mirrored = settled
	}
	nonce := byte(len(page)) // Keys of two tabs must differ.
	p.Tracker = Open(facts, &Page{}, recordingTab{tab{storage: storage, ids: &nonce}, p.warnings, p.sent}, *now)
	return p
}

// call makes a call in a task that goes on.
func (p *visitorTab) call(method Method, args string) {
	*p.now += 1000
	p.calls++
	p.Call(method, identity.Call{TimeMS: *p.now, InsertID: fmt.Sprint(p.page, "-", p.calls)}, args)
}

// task makes one call in a task of its own.
func (p *visitorTab) task(method Method, args string) {
	p.call(method, args)
	p.Commit(*p.now)
}

func message(event string) outbox.Message {
	return outbox.Message{Rest: `{"properties":{"$insert_id":"m-1"},"event":"` + event + `"}`, InsertID: "m-1"}
}

// waitingEvents returns the names of the events that wait in storage, in order.
func waitingEvents(storage map[string]string) []string {
	var keys, events []string
	for key := range storage {
		if strings.HasPrefix(key, outboxPrefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		for _, line := range strings.Split(storage[key], "\n") {
			if _, event, ok := strings.Cut(line, `"event":"`); ok {
				events = append(events, strings.TrimSuffix(event, `"}`))
			}
		}
	}
	return events
}

func TestOptingOutDeletesWhatWaits(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	earlier := openVisitorTab(storage, "earlier", &now)
	earlier.task(MethodTrack, `["Left"]`)
	other := openVisitorTab(storage, "other", &now)
	other.task(MethodTrack, `["Of Another Tab"]`)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodTrack, `["Before"]`)
	p.call(MethodTrack, `["In The Same Task"]`)
	p.call(MethodOptOut, `[]`)
	p.call(MethodTrack, `["While Out"]`)
	assert.Empty(t, waitingEvents(storage))
	p.call(MethodOptIn, `[]`)
	p.call(MethodTrack, `["After"]`)
	p.Commit(now)
	assert.Equal(t, []string{"After"}, waitingEvents(storage))
	assert.Len(t, *p.warnings, 1, "of the event while out alone: %s", *p.warnings)
	assert.Equal(t, "{}", p.Call(MethodGetProperty, identity.Call{TimeMS: now}, `["$dropped"]`), "nothing was lost")
}

func TestOptOutInAnotherTabApplies(t *testing.T) {
	for name, notice := range map[string]func(*visitorTab, int64){
		"at the next call": func(p *visitorTab, _ int64) { p.task(MethodRegister, `[{"a":1}]`) },
		"when it is told":  func(p *visitorTab, now int64) { p.StorageChanged(now) },
		"when it wakes":    func(p *visitorTab, now int64) { p.Wake(events, now) },
	} {
		t.Run(name, func(t *testing.T) {
			storage, now := map[string]string{}, int64(1000)
			other, p := openVisitorTab(storage, "other", &now), openVisitorTab(storage, "page", &now)
			p.task(MethodOptOut, `[]`)
			record := storage[recordKey]

			// The other tab does not see it yet, because tabs do not see each other's writes at once.
			delete(storage, recordKey)
			now += 1000
			other.outboxes[events].Append(message("Unaware"))
			other.outboxes[events].Commit(now)
			storage[recordKey] = record
			assert.Equal(t, []string{"Unaware"}, waitingEvents(storage))

			notice(other, now)
			assert.Empty(t, waitingEvents(storage))
			other.task(MethodTrack, `["While Out"]`)
			assert.Empty(t, waitingEvents(storage))
		})
	}
}

// Two trackers of one page may share a record, and the browser sends no storage event to the page that wrote.
func TestNothingIsSentAfterAnOptOutWithoutAStorageEvent(t *testing.T) {
	for name, send := range map[string]func(*visitorTab, int64){
		"the lock is granted": func(p *visitorTab, now int64) { p.Locked(events, now) },
		"the page is left":    func(p *visitorTab, now int64) { p.Leave(now) },
	} {
		storage, now := map[string]string{}, int64(1000)
		other, p := openVisitorTab(storage, "other", &now), openVisitorTab(storage, "page", &now)
		other.task(MethodTrack, `["Waits"]`)
		p.task(MethodOptOut, `[]`)
		storage[outboxPrefix+"T_000000rrrabcdefgh0001_1_1"] = `{}` // as if it came a moment later
		send(other, now+1)
		assert.Empty(t, *other.sent, name)

		p.task(MethodOptIn, `[]`)
		other.task(MethodTrack, `["After"]`)
		send(other, now+2)
		assert.Len(t, *other.sent, 1, name)
	}
}

// Events of a tab that closed without knowing of the opt-out are not sent by the tab that knows of it.
func TestWhatAnUnawareTabLeftIsDeletedBeforeItIsSent(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodOptOut, `[]`)
	unaware := openVisitorTab(map[string]string{}, "unaware", &now)
	unaware.task(MethodTrack, `["Unaware"]`)
	for key, text := range unaware.ports.(pagePorts).page.(recordingTab).storage {
		if strings.HasPrefix(key, outboxPrefix) {
			storage[key] = text
		}
	}
	p.outboxes[events].StorageChanged(now)
	now += 60_000
	p.Wake(events, now)
	p.Locked(events, now+1)
	assert.Empty(t, waitingEvents(storage))

	storage[outboxPrefix+"T_000000000000000000001_1_1"] = `{}`
	assert.NotEmpty(t, storage)
	openVisitorTab(storage, "next", &now)
	for key := range storage {
		assert.False(t, strings.HasPrefix(key, outboxPrefix+"T_0"), "a page that opens after an opt-out deletes it")
	}
}

func TestLoginWhileOptedOutIsSentOnceAtOptIn(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodOptOut, `[]`)
	p.task(MethodAlias, `["U"]`)
	p.task(MethodIdentify, `["U"]`)
	p.task(MethodRegister, `[{"plan":"pro"}]`)
	assert.Empty(t, waitingEvents(storage))
	assert.Empty(t, *p.warnings)
	next := openVisitorTab(storage, "next", &now)
	next.call(MethodOptIn, `[]`)
	next.call(MethodTrack, `["After"]`)
	next.Commit(now)
	assert.Equal(t, []string{"$create_alias", "$identify", "After"}, waitingEvents(storage))
	p.StorageChanged(now)
	p.task(MethodOptIn, `[]`)
	openVisitorTab(storage, "last", &now).Commit(now)
	assert.Equal(t, []string{"$create_alias", "$identify", "After"}, waitingEvents(storage), "once")
}

// A login that waited, or was in flight, when the visitor opted out is sent again at opt-in. One that was delivered is not.
func TestLoginThatOptOutDeletedIsSentAgain(t *testing.T) {
	for name, arrived := range map[string]bool{"waiting": false, "arrived": true} {
		t.Run(name, func(t *testing.T) {
			storage, now := map[string]string{}, int64(1000)
			p := openVisitorTab(storage, "page", &now)
			p.task(MethodAlias, `["U"]`)
			p.task(MethodIdentify, `["U"]`)
			before := identityMessages(storage)
			if arrived {
				p.Flush(1, now)
				p.Locked(events, now)
				p.Answered(events, 1, outbox.Answer{Status: 200, Body: "1"}, now)
			}
			p.task(MethodOptOut, `[]`)
			assert.Empty(t, waitingEvents(storage))
			p = openVisitorTab(storage, "next", &now)
			p.task(MethodOptIn, `[]`)
			if arrived {
				assert.Empty(t, waitingEvents(storage))
			} else {
				assert.Equal(t, before, identityMessages(storage), "the very same messages")
			}
		})
	}
}

// identityMessages returns the texts that wait, without the properties that the record adds to each.
func identityMessages(storage map[string]string) []string {
	var all []string
	for key, text := range storage {
		if strings.HasPrefix(key, outboxPrefix) {
			_, own, _ := strings.Cut(text, `"distinct_id":`)
			all = append(all, own)
		}
	}
	slices.Sort(all)
	return all
}

// The calls of a closed page are made for a visitor who has opted out, or out and in again, since then.
func TestCallsOfADeadPageFromBeforeAnOptOut(t *testing.T) {
	for name, again := range map[string]bool{"still out": false, "in again": true} {
		t.Run(name, func(t *testing.T) {
			storage, now := map[string]string{}, int64(1000)
			p := openVisitorTab(storage, "page", &now)
			found := storage[recordKey]
			early := identity.Call{TimeMS: now, InsertID: "dead-1"}
			p.task(MethodOptOut, `[]`)
			if again {
				p.task(MethodOptIn, `[]`)
			}
			next := openHandedOver(storage, found, now+5000)
			next.Call(MethodTrack, early, `["Early"]`)
			next.Commit(now + 5000)
			assert.Empty(t, waitingEvents(storage))
		})
	}
}

func TestWarningsOfUnknownOptionsAreLimited(t *testing.T) {
	var options []string
	for i := range 5000 {
		options = append(options, fmt.Sprintf(`"o%d":1`, i))
	}
	warnings := Defaults().setOptions("{" + strings.Join(options, ",") + `,"batch_size":7}`)
	assert.Len(t, warnings, maxOptionWarnings)
}
