package tracker

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

const flagKey = "__mp_opt_in_out_T"

// openMixpanelTab opens a tracker of the entry throughline/mixpanel, where consent is what the flag of mixpanel-browser says.
func openMixpanelTab(storage map[string]string, page string, now *int64, consent string) *visitorTab {
	p := &visitorTab{now: now, page: page, warnings: &[]string{}, sent: &[]string{}}
	facts := &Facts{Token: "T", Mirrored: storage[recordKey], PageID: page, Consent: consent,
		Config: `{"mixpanel":true,"opt_out_tracking_persistence_type":"localStorage","opt_out_tracking_cookie_prefix":null}`}
	if facts.Mirrored == "" {
		facts.Mirrored = settled
	}
	nonce := byte(len(page))
	p.Tracker = Open(facts, &Page{}, recordingTab{tab{storage: storage, ids: &nonce}, p.warnings, p.sent}, *now)
	return p
}

func (p *visitorTab) property(name string) string {
	return p.Call(MethodGetProperty, identity.Call{TimeMS: *p.now}, `["`+name+`"]`)
}

func TestTheFlagAndNotTheRecordSaysWhatWasDecided(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openMixpanelTab(storage, "page", &now, "")
	p.task(MethodOptOut, `[{}]`)
	p.task(MethodTrack, `["While Out"]`)
	assert.Empty(t, waitingEvents(storage))
	assert.NotContains(t, storage[recordKey], "opt", "the flag says it")
	for consent, isTracked := range map[string]bool{consentOut: false, doNotTrack: false, consentIn: true, "": true} {
		storage := map[string]string{recordKey: storage[recordKey]}
		next := openMixpanelTab(storage, "next", &now, consent)
		next.task(MethodTrack, `["Next"]`)
		assert.Equal(t, isTracked, len(waitingEvents(storage)) > 0, "flag %q", consent)
	}
	assert.NotContains(t, strings.Join(*p.warnings, ""), "bad_option", "null is the default of Mixpanel's opt_out_tracking_cookie_prefix")
}

// A record of the library's own entry says what was decided, until the page tells otherwise; js/src/mixpanel/consent.ts makes a flag of it.
func TestTheFlagWinsOverARecordOfTheOtherEntry(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	own := openVisitorTab(storage, "own", &now)
	own.task(MethodOptOut, `[]`)
	p := openMixpanelTab(storage, "page", &now, consentIn)
	p.task(MethodTrack, `["In"]`)
	assert.Equal(t, []string{"In"}, waitingEvents(storage))
	assert.NotContains(t, storage[recordKey], "opted_out")
}

// The flag may have changed since an earlier page made its calls.
func TestCallsOfADeadPageDoNotChangeWhatTheFlagSays(t *testing.T) {
	for consent, want := range map[string][]string{consentIn: {"After", "Now"}, consentOut: nil} {
		storage, now := map[string]string{}, int64(1000)
		p := openMixpanelTab(storage, "page", &now, consent)
		for i, c := range []struct {
			method Method
			args   string
		}{{MethodTrack, `["Before"]`}, {MethodOptOut, `[{"clear_persistence":true}]`}, {MethodOptIn, `[{}]`}, {MethodTrack, `["After"]`}, {MethodOptOut, `[{}]`}} {
			if i < 4 || consent == consentOut {
				p.Call(c.method, identity.Call{TimeMS: now + int64(i), InsertID: "dead-" + string(rune('a'+i))}, c.args)
			}
		}
		p.Commit(now)
		p.task(MethodTrack, `["Now"]`)
		assert.Equal(t, want, waitingEvents(storage), consent)
	}
}

func TestNothingIsSentOnceTheOldLibraryHasStoredAnOptOut(t *testing.T) {
	for name, send := range map[string]func(*visitorTab, int64){
		"the page is left":      func(p *visitorTab, now int64) { p.Leave(now) },
		"the delay is over":     func(p *visitorTab, now int64) { p.Wake(events, now) },
		"the lock is granted":   func(p *visitorTab, now int64) { p.Wake(events, now); p.Locked(events, now) },
		"another tab has saved": func(p *visitorTab, now int64) { p.StorageChanged(now) },
	} {
		storage, now := map[string]string{}, int64(1000)
		p := openMixpanelTab(storage, "page", &now, "")
		p.task(MethodTrack, `["Waits"]`)
		assert.NotEmpty(t, waitingEvents(storage), name)
		storage[flagKey] = "0"
		now += 60_000
		send(p, now)
		assert.Empty(t, *p.sent, name)
		assert.Empty(t, waitingEvents(storage), name)
	}
}

// After clear_persistence, the page goes on with its visitor, but nothing of them is stored.
func TestClearedPersistence(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openMixpanelTab(storage, "page", &now, "")
	p.task(MethodRegister, `[{"plan":"pro"}]`)
	p.task(MethodIdentify, `["jane"]`)
	p.task(MethodOptOut, `[{"clear_persistence":true}]`)
	p.task(MethodRegister, `[{"late":1}]`)
	assert.Equal(t, []string{`"jane"`, `"pro"`, "1"}, []string{p.property("distinct_id"), p.property("plan"), p.property("late")})
	for _, left := range []string{"jane", "plan", "late"} {
		assert.NotContains(t, storage[recordKey], left)
	}

	// A later page has a new visitor, and each tab that was open goes on with its own until then.
	next := openMixpanelTab(map[string]string{recordKey: storage[recordKey]}, "next", &now, consentOut)
	assert.NotContains(t, next.property("distinct_id"), "jane")

	// Opting in on the same page brings the visitor back.
	p.task(MethodOptIn, `[{"enable_persistence":true}]`)
	p.task(MethodTrack, `["Again"]`)
	assert.Equal(t, []string{"$identify", "Again"}, waitingEvents(storage), "what the opt-out had deleted of the login is told")
	for _, back := range []string{"jane", "plan", "late"} {
		assert.Contains(t, storage[recordKey], back)
	}
}

func TestOptingInWithoutPersistence(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openMixpanelTab(storage, "page", &now, "")
	p.task(MethodRegister, `[{"plan":"pro"}]`)
	p.task(MethodOptOut, `[{"clear_persistence":true}]`)
	p.task(MethodOptIn, `[{}]`)
	p.task(MethodTrack, `["In"]`)
	assert.Equal(t, []string{"In"}, waitingEvents(storage))
	assert.NotContains(t, storage[recordKey], "plan")
	assert.Contains(t, strings.Join(texts(storage, outboxPrefix), ""), `"plan":"pro"`)
}

func texts(storage map[string]string, prefix string) (all []string) {
	for key, text := range storage {
		if strings.HasPrefix(key, prefix) {
			all = append(all, text)
		}
	}
	return all
}

// A login before consent holds when consent comes on a later page, though mixpanel-browser forgets it.
func TestLoginAfterClearedPersistenceHolds(t *testing.T) {
	for name, pages := range map[string]int{"on the next page": 1, "pages later": 3} {
		storage, now := map[string]string{}, int64(1000)
		p := openMixpanelTab(storage, "page", &now, "")
		p.task(MethodRegister, `[{"plan":"pro"}]`)
		before := p.property("distinct_id")
		p.task(MethodOptOut, `[{"clear_persistence":true}]`)
		p.task(MethodIdentify, `["jane"]`)
		assert.Equal(t, `"jane"`, p.property("distinct_id"))
		var next *visitorTab
		for n := range pages {
			next = openMixpanelTab(storage, strings.Repeat("next", n+1), &now, consentOut)
			next.task(MethodOptOut, `[{"clear_persistence":true}]`)
		}
		assert.Equal(t, `"jane"`, next.property("distinct_id"), name)
		next.task(MethodOptIn, `[{"enable_persistence":true}]`)
		next.task(MethodTrack, `["In"]`)
		require.Equal(t, []string{"$identify", "In"}, waitingEvents(storage), name)
		sent := strings.Join(texts(storage, outboxPrefix), "")
		assert.NotContains(t, sent, strings.Trim(before, `"`), "who was forgotten is not linked to the login")
		assert.NotContains(t, sent, "plan")
	}
}

// Another tab that goes on with the visitor wins, whichever entry and whichever tab it is.
func TestClearedPersistenceInTwoTabs(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p, other := openMixpanelTab(storage, "page", &now, ""), openMixpanelTab(storage, "other", &now, "")
	p.task(MethodRegister, `[{"plan":"pro"}]`)
	other.StorageChanged(now)
	p.task(MethodOptOut, `[{"clear_persistence":true}]`)
	other.StorageChanged(now)
	assert.Empty(t, other.property("plan"))
	other.task(MethodOptOut, `[{}]`)
	p.task(MethodOptIn, `[{"enable_persistence":true}]`)
	other.StorageChanged(now)
	other.task(MethodOptIn, `[{}]`)
	assert.Equal(t, []string{p.property("distinct_id"), p.property("plan")}, []string{other.property("distinct_id"), other.property("plan")})
}

// The deletion of a profile is sent, whatever an opt-out deletes: here, in another tab, and when later pages open.
func TestDeletionOfAProfileSurvivesTheOptOut(t *testing.T) {
	for name, open := range map[string]func(map[string]string, string, *int64) *visitorTab{
		"own entry": openVisitorTab,
		"mixpanel": func(storage map[string]string, page string, now *int64) *visitorTab {
			return openMixpanelTab(storage, page, now, map[bool]string{true: consentOut}[page != "page"])
		},
	} {
		storage, now := map[string]string{}, int64(1000)
		p := open(storage, "page", &now)
		p.task(MethodIdentify, `["jane"]`)
		p.task(MethodNamed, `["people.set","a",1]`)
		p.task(MethodOptOut, `[{"delete_user":true,"clear_persistence":true}]`)
		p.task(MethodOptOut, `[{}]`)
		last := open(storage, "last", &now)
		last.task(MethodOptOut, `[{}]`)
		assert.Empty(t, waitingUpdates(t, storage, identity.PeopleEndpoint), name)
		updates := waitingUpdates(t, storage, identity.DeletionEndpoint)
		require.NotEmpty(t, updates, name)
		assert.Equal(t, `$delete "jane"`, updates[len(updates)-1], name)
		assert.Empty(t, *last.sent, name)
		now += 60_000
		last.Wake(identity.DeletionEndpoint, now)
		last.Locked(identity.DeletionEndpoint, now)
		require.Len(t, *last.sent, 1, name)
		assert.Contains(t, (*last.sent)[0], "%24delete", name)
	}
}

func TestConsentByName(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	hasOptedIn := func() string { return p.Call(MethodNamed, identity.Call{TimeMS: now}, `["has_opted_in_tracking"]`) }
	assert.Equal(t, "false", hasOptedIn())
	p.task(MethodOptIn, `[{"track_event_name":"Agreed"}]`)
	assert.Equal(t, "true", hasOptedIn())
	p.task(MethodOptOut, `[]`)
	assert.Equal(t, "false", hasOptedIn())
	p.task(MethodIdentify, `["jane"]`)
	p.task(MethodNamed, `["clear_opt_in_out_tracking"]`)
	assert.Equal(t, "false", hasOptedIn())
	assert.Empty(t, p.Call(MethodHasOptedOut, identity.Call{TimeMS: now}, `[]`))
	assert.Equal(t, []string{"$identify"}, waitingEvents(storage), "who logged in meanwhile")
	other := openVisitorTab(storage, "other", &now)
	other.facts.Consent = consentOut
	other.task(MethodOptIn, `[]`)
	other.task(MethodNamed, `["clear_opt_in_out_tracking"]`)
	assert.Equal(t, "true", other.Call(MethodHasOptedOut, identity.Call{TimeMS: now}, `[]`), "what is known from elsewhere counts again")
}
