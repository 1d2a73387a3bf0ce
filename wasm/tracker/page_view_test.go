package tracker

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// openOnPage opens a tracker on a page of the address and title.
func openOnPage(address, title, config string) (*Tracker, *[]string) {
	page, warnings := &Page{}, &[]string{}
	facts, _ := json.Marshal([]any{address, "", 1440, 900, title})
	page.Set(string(facts))
	return Open(&Facts{Token: "T", Mirrored: settled, PageID: "p", Config: config}, page, tab{storage: map[string]string{}, warnings: warnings}, 1000), warnings
}

func TestPageView(t *testing.T) {
	const address = "https://shop.example:8080/a/b?utm_source=news&gclid=g#part"
	for args, want := range map[string]struct {
		event string
		own   map[string]any
		code  string
	}{
		`["track_pageview"]`:                                    {event: "$mp_web_page_view"},
		`["track_pageview",null,null]`:                          {event: "$mp_web_page_view"},
		`["track_pageview",{"a":1,"current_url_path":"/own"}]`:  {event: "$mp_web_page_view", own: map[string]any{"a": 1.0, "current_url_path": "/own"}},
		`["track_pageview",{},{"event_name":"Seen","other":1}]`: {event: "Seen"},
		`["track_pageview",{},{"event_name":""}]`:               {event: "$mp_web_page_view"},
		`["track_pageview",{},{"event_name":5}]`:                {event: "$mp_web_page_view"},
		`["track_pageview",{},"text"]`:                          {event: "$mp_web_page_view"},
		`["track_pageview","text"]`:                             {event: "$mp_web_page_view", code: "bad_properties"},
		`["track_pageview",{"distinct_id":"other"}]`:            {event: "$mp_web_page_view", code: "reserved_property"},
	} {
		t.Run(args, func(t *testing.T) {
			p, warnings := openOnPage(address, "Shoes", `{"track_marketing":false}`)
			answer := p.Call(MethodNamed, identity.Call{TimeMS: 1001, InsertID: "p-1"}, args)
			var view struct {
				Event      string
				Properties map[string]any
			}
			require.NoError(t, json.Unmarshal([]byte(answer), &view))
			assert.Equal(t, want.event, view.Event)
			expected := map[string]any{
				"current_page_title": "Shoes", "current_domain": "shop.example", "current_url_path": "/a/b", "current_url_protocol": "https:",
				"current_url_search": "?utm_source=news&gclid=g", "utm_source": "news", "gclid": "g",
			}
			for name, value := range want.own {
				expected[name] = value
			}
			for name, value := range expected {
				assert.Equal(t, value, view.Properties[name], name)
			}
			assert.Equal(t, address, view.Properties["$current_url"])
			if want.code == "" {
				assert.Empty(t, *warnings)
			} else {
				require.Len(t, *warnings, 1)
				assert.Contains(t, (*warnings)[0], want.code)
			}
		})
	}
}

// The title is part of page views only, so that another title changes nothing for other events.
func TestTitleIsOfPageViewsOnly(t *testing.T) {
	p, _ := openOnPage("https://a.example/", "First", `{}`)
	p.Call(MethodTrack, identity.Call{TimeMS: 1001, InsertID: "p-1"}, `["A"]`)
	revision := p.page.revision
	p.page.Set(`["https://a.example/","",1440,900,"Second"]`)
	assert.Equal(t, revision, p.page.revision)
	assert.Contains(t, p.Call(MethodNamed, identity.Call{TimeMS: 1002, InsertID: "p-2"}, `["track_pageview"]`), `"current_page_title":"Second"`)
	p.page.Set(`["https://a.example/","",1440,900]`)
	assert.NotContains(t, p.Call(MethodNamed, identity.Call{TimeMS: 1003, InsertID: "p-3"}, `["track_pageview"]`), "current_page_title")
}

func TestPageViewWhileOptedOut(t *testing.T) {
	p, warnings := openOnPage("https://a.example/", "", `{}`)
	p.Call(MethodOptOut, identity.Call{TimeMS: 1001}, `[]`)
	assert.Empty(t, p.Call(MethodNamed, identity.Call{TimeMS: 1002, InsertID: "p-2"}, `["track_pageview",{"$mp_autocapture":true}]`))
	assert.Empty(t, *warnings, "the page made no call")
	assert.Empty(t, p.Call(MethodNamed, identity.Call{TimeMS: 1002, InsertID: "p-3"}, `["track_pageview"]`))
	require.Len(t, *warnings, 1)
	assert.Contains(t, (*warnings)[0], "opted_out")
}

// Elements end with their page, so that the calls of an earlier page mean nothing any more.
func TestElementCallsOfAnEarlierPage(t *testing.T) {
	p, warnings := openOnPage("https://a.example/", "", `{}`)
	for _, args := range []string{`["track_links","a","Clicked"]`, `["track_forms","[HTMLFormElement]","Ordered"]`} {
		assert.Empty(t, p.Call(MethodNamed, identity.Call{TimeMS: 1001, InsertID: "p-1"}, args))
	}
	assert.Empty(t, *warnings)
}

func TestPageViewOptions(t *testing.T) {
	for options, isGood := range map[string]bool{
		`{"track_pageview":true}`:                                   true,
		`{"track_pageview":false}`:                                  true,
		`{"track_pageview":"full-url"}`:                             true,
		`{"track_pageview":"url-with-path"}`:                        true,
		`{"track_pageview":"url-with-path-and-query-string"}`:       true,
		`{"track_pageview":"url"}`:                                  false,
		`{"track_pageview":1}`:                                      false,
		`{"track_links_timeout":0}`:                                 true,
		`{"track_links_timeout":500}`:                               true,
		`{"track_links_timeout":-1}`:                                false,
		`{"track_links_timeout":"soon"}`:                            false,
		`{"mixpanel":true,"track_pageview":"x"}`:                    false,
		`{"mixpanel":true,"track_pageview":true,"img":false}`:       true,
		`{"track_pageview":true,"track_links_timeout":5,"ip":true}`: true,
	} {
		warnings := Defaults().setOptions(options)
		assert.Equal(t, isGood, len(warnings) == 0, options)
	}
}
