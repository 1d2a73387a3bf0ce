package tracker

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// openMixpanel opens a tracker of the entry throughline/mixpanel on a page.
func openMixpanel(t *testing.T, storage map[string]string, options, address, referrer string) *visitorTab {
	t.Helper()
	now := int64(1_700_000_000_000)
	p := &visitorTab{now: &now, page: "page", warnings: &[]string{}, sent: &[]string{}}
	current := &Page{}
	current.Set(`["` + address + `","` + referrer + `",1,1]`)
	facts := &Facts{Token: "T", Mirrored: settled, PageID: "page", Config: `{"mixpanel":true` + options + `}`}
	nonce := byte(1)
	p.Tracker = Open(facts, current, recordingTab{tab{storage: storage, ids: &nonce}, p.warnings, p.sent}, now)
	return p
}

func (p *visitorTab) answer(method Method, args string) string {
	*p.now += 1000
	p.calls++
	return p.Call(method, identity.Call{TimeMS: *p.now, InsertID: "page-" + string(rune('a'+p.calls))}, args)
}

func decode(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	if values, err := url.ParseQuery(text); err == nil && values.Get("data") != "" {
		text = values.Get("data")
	}
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	require.NoError(t, json.Unmarshal([]byte(text), &all), text)
	return all
}

func TestMixpanelCallsReturnTheirMessage(t *testing.T) {
	p := openMixpanel(t, map[string]string{}, "", "https://a.example/", "")
	long := strings.Repeat("x", 300)
	event := decode(t, p.answer(MethodTrack, `["Bought",{"note":"`+long+`"},null]`))[0]
	assert.Equal(t, "Bought", event["event"])
	properties := event["properties"].(map[string]any)
	assert.Equal(t, long[:255], properties["note"])
	assert.Equal(t, "T", properties["token"])
	alias := decode(t, p.answer(MethodAlias, `["U1",null]`))[0]
	assert.Equal(t, "$create_alias", alias["event"])
	assert.Empty(t, p.answer(MethodAlias, `["U1",null]`), "nothing is sent a second time")
	assert.Empty(t, p.answer(MethodRegister, `[{"a":1}]`))
	update := decode(t, p.answer(MethodNamed, `["people.set","plan","`+long+`"]`))[0]
	assert.Equal(t, long[:255], update["$set"].(map[string]any)["plan"])
}

func TestWhatIsNotBatchedIsSentWhenTheCallReturns(t *testing.T) {
	tests := map[string]struct {
		options, args string
		sent          int
	}{
		"batched":                     {"", `["A",{},null]`, 0},
		"send_immediately":            {"", `["A",{},{"send_immediately":true}]`, 1},
		"a transport alone":           {"", `["A",{},{"transport":"sendBeacon"}]`, 0},
		"batch_requests: false":       {`,"batch_requests":false`, `["A",{},null]`, 1},
		"by beacon":                   {`,"batch_requests":false`, `["A",{},{"transport":"sendBeacon"}]`, 1},
		"the option api_transport":    {`,"batch_requests":false,"api_transport":"sendBeacon"`, `["A",{},null]`, 1},
		"batch_autostart: false":      {`,"batch_autostart":false`, `["A",{},null]`, 0},
		"immediately while not begun": {`,"batch_autostart":false`, `["A",{},{"send_immediately":true}]`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := openMixpanel(t, map[string]string{}, test.options, "https://a.example/", "")
			p.answer(MethodTrack, test.args)
			require.Len(t, *p.sent, test.sent)
			if test.sent > 0 {
				assert.True(t, strings.HasPrefix((*p.sent)[0], "data={"))
			}
		})
	}
}

func TestTheRecordIsStoredWhenACallReturns(t *testing.T) {
	storage := map[string]string{}
	p := openMixpanel(t, storage, "", "https://a.example/", "")
	p.answer(MethodRegister, `[{"plan":"pro"}]`)
	assert.Contains(t, storage[recordKey], `"plan":"pro"`)
	p.answer(MethodIdentify, `["U1"]`)
	assert.Contains(t, storage[recordKey], `"distinct_id":"U1"`)
}

func TestLandingPage(t *testing.T) {
	const campaign = "https://a.example/?utm_source=news&utm_term=x&gclid=1"
	tests := map[string]struct {
		options, address, referrer string
		registered                 map[string]any
		profile                    map[string]any
	}{
		"typed in": {"", "https://a.example/", "", map[string]any{}, map[string]any{"$initial_referrer": "$direct", "$initial_referring_domain": "$direct"}},
		"campaign": {
			"", campaign, "", map[string]any{"utm_source": "news", "utm_term": "x"},
			map[string]any{
				"$initial_referrer": "$direct", "$initial_referring_domain": "$direct", "initial_utm_source": "news", "initial_utm_term": "x",
				"initial_utm_medium": nil, "initial_utm_campaign": nil, "initial_utm_content": nil, "initial_utm_id": nil,
				"initial_utm_source_platform": nil, "initial_utm_campaign_id": nil, "initial_utm_creative_format": nil, "initial_utm_marketing_tactic": nil,
			},
		},
		"not stored":     {`,"store_google":false,"skip_first_touch_marketing":true`, campaign, "", map[string]any{}, map[string]any{"$initial_referrer": "$direct", "$initial_referring_domain": "$direct"}},
		"removed":        {`,"stop_utm_persistence":true,"skip_first_touch_marketing":true,"save_referrer":false`, campaign, "", map[string]any{}, map[string]any{}},
		"search":         {`,"save_referrer":false`, "https://a.example/", "https://www.google.com/?q=shoes", map[string]any{"$search_engine": "google", "mp_keyword": "shoes"}, map[string]any{}},
		"first referrer": {"", "https://a.example/", "https://b.example/x", map[string]any{}, map[string]any{"$initial_referrer": "https://b.example/x", "$initial_referring_domain": "b.example"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := openMixpanel(t, map[string]string{}, `,"batch_requests":false`+test.options, test.address, test.referrer)
			p.answer(MethodTimeEvent, `["X"]`)
			registered := map[string]any{}
			record := p.visitor.Record()
			require.NoError(t, json.Unmarshal(record.Super.AppendJSON(nil), &registered))
			assert.Equal(t, test.registered, registered)
			p.answer(MethodIdentify, `["U1"]`)
			profile := map[string]any{}
			for _, body := range *p.sent {
				for _, record := range decode(t, body) {
					set, _ := record["$set_once"].(map[string]any)
					for name, value := range set {
						profile[name] = value
					}
				}
			}
			assert.Equal(t, test.profile, profile)
		})
	}
}
