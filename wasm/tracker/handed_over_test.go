package tracker

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

// openHandedOver opens a tracker with the record in storage and the calls of a page that had found another record.
func openHandedOver(storage map[string]string, found string, now int64) *Tracker {
	facts := &Facts{Token: "T", Mirrored: storage[recordKey], PageID: "next", HandedOver: found}
	return Open(facts, &Page{}, tab{storage: storage}, now)
}

// tracked returns the distinct_id of each event in storage, by the event's name.
func tracked(storage map[string]string) map[string]string {
	ids := map[string]string{}
	for key, text := range storage {
		if !strings.HasPrefix(key, outboxPrefix) {
			continue
		}
		head := ""
		for _, line := range strings.Split(text, "\n") {
			switch line[0] {
			case '=':
				head = line[1:]
			case '+':
				line = head + line[1:]
			}
			if _, event, ok := strings.Cut(line, `"event":"`); ok {
				event, _, _ = strings.Cut(event, `"`)
				_, id, _ := strings.Cut(line, `"distinct_id":"`)
				ids[event], _, _ = strings.Cut(id, `"`)
			}
		}
	}
	return ids
}

func TestHandedOverCallsBelongToTheVisitorOfTheirPage(t *testing.T) {
	const (
		found = `{"distinct_id":"$device:d1","device_id":"d1","props":{"old":true}}`
		login = `{"distinct_id":"U","device_id":"d1","user_id":"U","identity_ms":5000,"props":{"old":true,"new":true}}`
		reset = `{"distinct_id":"$device:d2","device_id":"d2","epoch":1,"identity_ms":5000}`
		other = `{"distinct_id":"$device:d2","device_id":"d2"}`
		fresh = `{"distinct_id":"$device:d1","device_id":"d1","minted":1}`
	)
	at := identity.Call{TimeMS: 1000, InsertID: "i"}
	tests := map[string]struct {
		found, now string // the record that the page found, and today's
		calls      func(*Tracker)
		early      string // distinct_id of what was tracked early
		late       string // and after it
		registered bool   // the super property of the earlier page is there
	}{
		"the same visitor":           {found: found, now: found, early: "$device:d1", late: "$device:d1", registered: true},
		"somebody logged in":         {found: found, now: login, early: "$device:d1", late: "U", registered: true},
		"a new visitor logged in":    {found: fresh, now: login, early: "$device:d1", late: "U", registered: true},
		"somebody logged out":        {found: found, now: reset, early: "$device:d1", late: "$device:d2"},
		"tabs settled on another id": {found: fresh, now: other, early: "$device:d2", late: "$device:d2", registered: true},
		"a login of its own, before another": {
			found: found, now: login, early: "$device:d1", late: "U", registered: true,
			calls: func(t *Tracker) { t.Call(MethodIdentify, at, `["V"]`) },
		},
		"a login of its own, before a logout": {
			found: found, now: reset, early: "$device:d1", late: "$device:d2",
			calls: func(t *Tracker) { t.Call(MethodIdentify, at, `["V"]`) },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storage := map[string]string{recordKey: test.now}
			tracker := openHandedOver(storage, test.found, 9000)
			tracker.Call(MethodRegister, at, `[{"plan":"pro"}]`)
			tracker.Call(MethodTrack, at, `["Early"]`)
			// A storage event or a timer in between does not end it: a page with two trackers waits between its calls.
			tracker.StorageChanged(9001)
			tracker.Wake(events, 9002)
			tracker.Call(MethodTrack, at, `["Early Too"]`)
			if test.calls != nil {
				test.calls(tracker)
			}
			tracker.Commit(9003)
			tracker.Call(MethodTrack, identity.Call{TimeMS: 9004, InsertID: "late"}, `["Late"]`)
			tracker.Commit(9004)

			ids := tracked(storage)
			assert.Equal(t, []string{test.early, test.early, test.late}, []string{ids["Early"], ids["Early Too"], ids["Late"]})
			want := ""
			if test.registered {
				want = `"pro"`
			}
			assert.Equal(t, want, property(tracker, "plan", 9005))
		})
	}
}

// A visitor who has opted out since is not tracked, whatever calls an earlier page left.
func TestHandedOverCallsOfWhoOptedOutSince(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"U","device_id":"d1","user_id":"U","opted_out":true}`}
	tracker := openHandedOver(storage, `{"distinct_id":"$device:d1","device_id":"d1"}`, 9000)
	tracker.Call(MethodTrack, identity.Call{TimeMS: 1000, InsertID: "i"}, `["Early"]`)
	tracker.Commit(9000)
	assert.Empty(t, tracked(storage))
	assert.Equal(t, "true", tracker.Call(MethodHasOptedOut, identity.Call{TimeMS: 9001}, `[]`))
}

// Several pages may have left calls, each for the visitor of its time.
func TestHandedOverCallsOfSeveralPages(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"U","device_id":"d1","user_id":"U","identity_ms":5000}`}
	var tracker *Tracker
	for n, id := range []string{"$device:d1", "V"} {
		facts := &Facts{Token: "T", PageID: "next", Mirrored: storage[recordKey], HandedOver: `{"distinct_id":"` + id + `","device_id":"d1"}`}
		if tracker == nil {
			tracker = Open(facts, &Page{}, tab{storage: storage}, 9000)
		} else {
			tracker.Reopen(facts)
		}
		tracker.Call(MethodTrack, identity.Call{TimeMS: 1000, InsertID: id[len(id)-1:]}, []string{`["First"]`, `["Second"]`}[n])
	}
	tracker.Reopen(&Facts{Token: "T"})
	tracker.Call(MethodTrack, identity.Call{TimeMS: 9001, InsertID: "i"}, `["Third"]`)
	tracker.Commit(9001)
	assert.Equal(t, map[string]string{"First": "$device:d1", "Second": "V", "Third": "U"}, tracked(storage))
}

func TestAnOldResetAgainstALaterLogin(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"U","device_id":"d1","user_id":"U","identity_ms":5000}`}
	tr := openHandedOver(storage, `{"distinct_id":"$device:d1","device_id":"d1"}`, 9000)
	tr.Call(MethodReset, identity.Call{TimeMS: 1000, InsertID: "r"}, `[]`)
	tr.Call(MethodOptOut, identity.Call{TimeMS: 1001, InsertID: "o"}, `[]`)
	tr.Commit(9003)
	assert.Equal(t, "U", tr.visitor.Record().DistinctID)
	assert.True(t, tr.visitor.Record().OptedOut, "an opt-out is never undone by a login")
}

func TestAnOldResetAgainstAnEarlierLogin(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"U","device_id":"d1","user_id":"U","identity_ms":500}`}
	tr := openHandedOver(storage, `{"distinct_id":"$device:d1","device_id":"d1"}`, 9000)
	tr.Call(MethodReset, identity.Call{TimeMS: 1000, InsertID: "r"}, `[]`)
	tr.Commit(9003)
	assert.NotEqual(t, "U", tr.visitor.Record().DistinctID)
}

func TestTwoNewTabsAndALogin(t *testing.T) {
	storage := map[string]string{recordKey: `{"distinct_id":"U","device_id":"d2","user_id":"U","identity_ms":5000}`}
	tr := openHandedOver(storage, `{"distinct_id":"$device:d1","device_id":"d1","minted":1}`, 9000)
	tr.Call(MethodTrack, identity.Call{TimeMS: 1000, InsertID: "i"}, `["Early"]`)
	tr.Commit(9003)
	assert.Equal(t, "$device:d2", tracked(storage)["Early"], "the one that both tabs settled on")
}
