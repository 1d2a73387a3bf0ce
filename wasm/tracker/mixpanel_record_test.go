package tracker

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

const (
	mixpanelKey   = "mp_T_mixpanel"
	mixpanelFace  = `{"mixpanel":true,"cross_subdomain_cookie":false}`
	anonymousText = `{"distinct_id":"$device:d1","$device_id":"d1","plan":"gold"}`
)

// openFace opens a tracker of the entry throughline/mixpanel.
// consentKey is where mixpanel-browser and the entry throughline/mixpanel store what the visitor decided.
const consentKey = "__mp_opt_in_out_T"

func openFace(t *testing.T, storage map[string]string, cookies *cookieJar, config string, now int64) *Tracker {
	t.Helper()
	ids := byte(now)
	mixpanel := storage[mixpanelKey]
	if mixpanel == "" {
		mixpanel = cookies.get(mixpanelKey)
	}
	consent := ""
	if storage[consentKey] == "0" {
		consent = consentOut
	}
	return Open(&Facts{Token: "T", Mixpanel: mixpanel, PageID: "page", Config: config, Consent: consent}, &Page{}, tab{storage: storage, cookies: cookies, ids: &ids}, now)
}

func call(t *Tracker, method Method, args string, now int64) string {
	return t.Call(method, identity.Call{TimeMS: now, InsertID: "page-" + string(rune('a'+now%26))}, args)
}

func parseMembers(t *testing.T, text string) map[string]any {
	t.Helper()
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &members), text)
	return members
}

func TestMixpanelRecordIsWrittenWhenACallReturns(t *testing.T) {
	for name, config := range map[string]string{"cookie": mixpanelFace, "localStorage": `{"mixpanel":true,"persistence":"localStorage"}`} {
		t.Run(name, func(t *testing.T) {
			storage, cookies := map[string]string{}, &cookieJar{}
			read := func() map[string]any {
				text := cookies.get(mixpanelKey)
				if name == "localStorage" {
					assert.Empty(t, text)
					text = storage[mixpanelKey]
				}
				return parseMembers(t, text)
			}
			tracker := openFace(t, storage, cookies, config, 1000)
			call(tracker, MethodRegister, `[{"plan":"gold"}]`, 1001)
			assert.Equal(t, "gold", read()["plan"])
			call(tracker, MethodAlias, `["jane"]`, 1002)
			assert.Equal(t, "jane", read()["__alias"])
			call(tracker, MethodIdentify, `["jane"]`, 1003)
			assert.Equal(t, "jane", read()["$user_id"])
			call(tracker, MethodNamed, `["people.set","a",1]`, 1004)
			call(tracker, MethodUnregister, `["plan"]`, 1005)
			assert.NotContains(t, read(), "plan")
			call(tracker, MethodReset, `[]`, 1006)
			assert.NotContains(t, read(), "__alias")
			call(tracker, MethodNamed, `["people.set","city","Oslo"]`, 1007)
			call(tracker, MethodNamed, `["people.append","seen","a"]`, 1008)
			assert.Equal(t, "Oslo", read()["__mps"].(map[string]any)["city"])
			assert.Equal(t, []any{map[string]any{"seen": "a"}}, read()["__mpap"])
			call(tracker, MethodIdentify, `["joe"]`, 1009)
			assert.NotContains(t, read(), "__mps", "the updates have been sent")
			assert.Contains(t, storage[recordKey], mixpanelMark)
		})
	}
}

// What the old library changes is adopted, at the next call and at the next page.
func TestChangesOfTheOldLibraryAreAdopted(t *testing.T) {
	tests := []struct {
		name, after string
		want        map[string]string // by property
	}{
		{"register", `{"distinct_id":"$device:d1","$device_id":"d1","plan":"free","new":1}`, map[string]string{"plan": `"free"`, "new": "1"}},
		{"unregister", `{"distinct_id":"$device:d1","$device_id":"d1"}`, map[string]string{"plan": ""}},
		{"identify", `{"distinct_id":"jane","$device_id":"d1","$user_id":"jane","plan":"gold"}`, map[string]string{"distinct_id": `"jane"`, "$user_id": `"jane"`, "plan": `"gold"`}},
		{"identify with a number", `{"distinct_id":12,"$device_id":"d1","$user_id":12,"plan":"gold"}`, map[string]string{"distinct_id": `"12"`}},
		{"alias", `{"distinct_id":"$device:d1","$device_id":"d1","__alias":"jane","plan":"gold"}`, map[string]string{"__alias": `"jane"`}},
		{"reset", `{"distinct_id":"$device:d2","$device_id":"d2"}`, map[string]string{"distinct_id": `"$device:d2"`, "plan": "", "$user_id": ""}},
		{"what is no record", `[1]`, map[string]string{"distinct_id": `"$device:d1"`, "plan": `"gold"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, isNextPage := range []bool{false, true} {
				storage, cookies := map[string]string{}, &cookieJar{mixpanelKey: anonymousText}
				tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
				require.Equal(t, `"$device:d1"`, call(tracker, MethodGetDistinctID, `[]`, 1001))
				tracker.Commit(1001)
				(*cookies)[mixpanelKey] = test.after
				if isNextPage {
					tracker = openFace(t, storage, cookies, mixpanelFace, 2000)
				}
				for name, want := range test.want {
					assert.Equal(t, want, call(tracker, MethodGetProperty, `["`+name+`"]`, 2001), name)
				}
				tracker.Commit(2002)
				call(tracker, MethodRegister, `[{"later":true}]`, 2003)
				members := parseMembers(t, cookies.get(mixpanelKey))
				assert.Equal(t, true, members["later"])
				for name, want := range test.want {
					if want == "" {
						assert.NotContains(t, members, name)
					}
				}
			}
		})
	}
}

// A killed browser may have kept an older cookie than record.
func TestAnOlderCookieLogsNobodyOut(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{mixpanelKey: anonymousText}
	tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
	call(tracker, MethodIdentify, `["jane"]`, 1001)
	tracker.Commit(1001)
	(*cookies)[mixpanelKey] = anonymousText
	tracker = openFace(t, storage, cookies, mixpanelFace, 2000)
	assert.Equal(t, `"jane"`, call(tracker, MethodGetDistinctID, `[]`, 2001))
}

func TestARecordInTheOtherPlaceMoves(t *testing.T) {
	storage, cookies := map[string]string{mixpanelKey: anonymousText}, &cookieJar{mixpanelKey: `{"distinct_id":"jane","$user_id":"jane"}`}
	tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
	assert.NotContains(t, storage, mixpanelKey)
	assert.Equal(t, `"gold"`, call(tracker, MethodGetProperty, `["plan"]`, 1001))
	members := parseMembers(t, cookies.get(mixpanelKey))
	assert.Equal(t, "gold", members["plan"])
}

func TestUpgradeTakesTheRecordOfAnOldVersion(t *testing.T) {
	for _, option := range []string{`true`, `"mp_super_properties"`} {
		storage := map[string]string{}
		cookies := &cookieJar{"mp_super_properties": `{"all":{"plan":"gold"},"events":{"seen":1},"funnels":{"f":1}}`}
		tracker := openFace(t, storage, cookies, `{"mixpanel":true,"upgrade":`+option+`}`, 1000)
		assert.Equal(t, `"gold"`, call(tracker, MethodGetProperty, `["plan"]`, 1001))
		assert.Equal(t, "1", call(tracker, MethodGetProperty, `["seen"]`, 1001))
		assert.NotContains(t, *cookies, "mp_super_properties")
	}
}

func TestTheOtherEntryWritesNoMixpanelRecord(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	tracker := openFace(t, storage, cookies, `{}`, 1000)
	call(tracker, MethodIdentify, `["jane"]`, 1001)
	tracker.Commit(1001)
	assert.NotContains(t, *cookies, mixpanelKey)
	assert.NotContains(t, storage, mixpanelKey)
	// Its record is newer than what that library has left.
	(*cookies)[mixpanelKey] = anonymousText
	tracker = openFace(t, storage, cookies, mixpanelFace, 2000)
	assert.Equal(t, `"jane"`, call(tracker, MethodGetDistinctID, `[]`, 2001))
}

func TestOptOutRemovesTheMixpanelRecord(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
	call(tracker, MethodRegister, `[{"a":1}]`, 1001)
	call(tracker, MethodOptOut, `[{"clear_persistence":false}]`, 1003)
	tracker.Commit(1003)
	assert.Contains(t, *cookies, mixpanelKey)
	call(tracker, MethodOptOut, `[{"clear_persistence":true}]`, 1003)
	storage[consentKey] = "0"
	tracker.Commit(1003)
	assert.NotContains(t, *cookies, mixpanelKey)
	assert.NotContains(t, storage[recordKey], mixpanelMark)
	tracker = openFace(t, storage, cookies, mixpanelFace, 1004)
	assert.NotContains(t, *cookies, mixpanelKey, "nor does the next page write it")
	storage[consentKey] = "1"
	call(tracker, MethodOptIn, `[{"enable_persistence":true}]`, 1004)
	tracker.Commit(1004)
	assert.Contains(t, *cookies, mixpanelKey)
}

// Another tab sees that the record is gone before it learns that the visitor has opted out. That is no new visitor.
func TestAnOptOutElsewhereIsNoNewVisitor(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	left := openFace(t, storage, cookies, mixpanelFace, 1000)
	right := openFace(t, storage, cookies, mixpanelFace, 1001)
	id := call(right, MethodGetDistinctID, `[]`, 1002)
	right.Commit(1002)
	before := storage[recordKey]
	call(left, MethodOptOut, `[]`, 1003)
	left.Commit(1003)
	delete(*cookies, mixpanelKey) // As the tab with the old library does.
	storage[consentKey] = "0"
	after := storage[recordKey]
	storage[recordKey] = before
	right.StorageChanged(1004)
	storage[recordKey] = after
	right.StorageChanged(1005)
	right.StorageChanged(9000)
	assert.Equal(t, id, call(right, MethodGetDistinctID, `[]`, 9001))
	assert.NotContains(t, *cookies, mixpanelKey)
}

// The page has removed the cookie, as sites do at logout.
func TestARemovedMixpanelRecordIsANewVisitor(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	left := openFace(t, storage, cookies, mixpanelFace, 1000)
	right := openFace(t, storage, cookies, mixpanelFace, 1001)
	call(left, MethodIdentify, `["jane"]`, 1002)
	left.Commit(1002)
	right.StorageChanged(1003)
	delete(*cookies, mixpanelKey)
	delete(storage, recordKey)
	id := call(left, MethodGetDistinctID, `[]`, 1004)
	left.Commit(1004)
	assert.Contains(t, id, "$device:")
	right.StorageChanged(1005)
	assert.Equal(t, id, call(right, MethodGetDistinctID, `[]`, 1006), "the other tab has the same")
	assert.Equal(t, "", call(right, MethodGetProperty, `["$user_id"]`, 1006))
}

func TestDisablePersistenceStoresNothing(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
	call(tracker, MethodTrack, `["E",{}]`, 1001)
	tracker.Commit(1001)
	require.NotEmpty(t, storage)
	call(tracker, MethodConfigure, `[{"disable_persistence":true}]`, 1002)
	tracker.Commit(1002)
	assert.Empty(t, storage)
	assert.Empty(t, *cookies)
	assert.Equal(t, 1, tracker.outboxes[events].Waiting(), "what waits is still sent")
	call(tracker, MethodRegister, `[{"a":1}]`, 1003)
	call(tracker, MethodTrack, `["F",{}]`, 1004)
	tracker.StorageChanged(1005)
	tracker.Leave(1006)
	assert.Empty(t, storage)
	assert.Equal(t, "1", call(tracker, MethodGetProperty, `["a"]`, 1007))
	call(tracker, MethodConfigure, `[{"disable_persistence":false}]`, 1008)
	tracker.Commit(1008)
	assert.Contains(t, storage[recordKey], `"a":1`)
	assert.Contains(t, *cookies, mixpanelKey)
}

func TestTakenQueueIsStoredAtOnce(t *testing.T) {
	storage := map[string]string{}
	tracker := openFace(t, storage, nil, `{}`, 1000)
	tracker.TakeQueue(events, `[{"event":"E","properties":{"$insert_id":"abc","time":1}},7]`, 1001)
	tracker.TakeQueue(identity.PeopleEndpoint, `[{"$add":{"a":1},"$token":"T","$distinct_id":"D"}]`, 1002)
	all := ""
	for key, text := range storage {
		if key != recordKey {
			all += text + "\n"
		}
	}
	assert.Contains(t, all, `"$insert_id":"abc"`)
	assert.Contains(t, all, `"$add":{"a":1}`)
}

func TestCookieAttributes(t *testing.T) {
	tests := map[string]struct {
		config, domain, attributes string
		days                       int64
	}{
		"defaults":          {`{}`, "*", "; path=/; max-age=31536000", 365},
		"a session":         {`{}`, "*", "; path=/", 0},
		"secure":            {`{"secure_cookie":true}`, "*", "; path=/; max-age=86400; secure", 1},
		"cross-site":        {`{"cross_site_cookie":true}`, "*", "; path=/; max-age=86400; SameSite=None; secure", 1},
		"a domain":          {`{"cookie_domain":"eu.example.com"}`, "eu.example.com", "; path=/; max-age=86400", 1},
		"an expired cookie": {`{"cookie_expiration":7}`, "*", "; path=/; max-age=604800", 7},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := Defaults()
			warnings := config.setOptions(test.config)
			assert.Empty(t, warnings)
			c := config.cookie("n", widestDomain, "v", test.days)
			assert.Equal(t, &Cookie{"n", test.domain, test.attributes, "v"}, c)
			assert.Contains(t, config.cookie("n", "", "", 0).Attributes, "max-age=0")
		})
	}
}

// Neither library has a lock, so that each write may undo what the other has just written.
func TestWhatIsAdoptedIsNotWrittenBack(t *testing.T) {
	storage := map[string]string{}
	tracker := openFace(t, storage, nil, `{"mixpanel":true,"persistence":"localStorage"}`, 1000)
	call(tracker, MethodRegister, `[{"a":1}]`, 1001)
	tracker.Commit(1001)
	theirs := strings.Replace(storage[mixpanelKey], `"a":1`, `"a" : 2, "b":3`, 1)
	storage[mixpanelKey] = theirs
	tracker.StorageChanged(1002)
	assert.Equal(t, "2", call(tracker, MethodGetProperty, `["a"]`, 1003))
	assert.Equal(t, "3", call(tracker, MethodGetProperty, `["b"]`, 1003))
	tracker.Commit(1003)
	assert.Equal(t, theirs, storage[mixpanelKey])
	call(tracker, MethodRegister, `[{"c":4}]`, 1004)
	assert.Equal(t, map[string]any{"a": 2.0, "b": 3.0, "c": 4.0}, map[string]any{
		"a": parseMembers(t, storage[mixpanelKey])["a"], "b": parseMembers(t, storage[mixpanelKey])["b"], "c": parseMembers(t, storage[mixpanelKey])["c"],
	})
}

func TestOptOutStaysWithoutTheMixpanelRecord(t *testing.T) {
	storage, cookies := map[string]string{}, &cookieJar{}
	tracker := openFace(t, storage, cookies, mixpanelFace, 1000)
	call(tracker, MethodRegister, `[{"a":1}]`, 1001)
	tracker.Commit(1001)
	storage[consentKey] = "0"
	call(tracker, MethodOptOut, `[{"clear_persistence":true,"delete_user":true}]`, 1003)
	assert.NotContains(t, *cookies, mixpanelKey)
	tracker.Commit(1004)
	assert.NotContains(t, *cookies, mixpanelKey)
	call(tracker, MethodOptOut, `[{}]`, 1004)
	call(tracker, MethodTrack, `["A"]`, 1005)
	tracker.Commit(1006)
	assert.NotContains(t, *cookies, mixpanelKey)
}
