package page_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/page"
)

func decode(t *testing.T, p identity.Properties) map[string]any {
	t.Helper()
	all := map[string]any{}
	require.NoError(t, json.Unmarshal(p.AppendJSON(nil), &all))
	return all
}

func TestUserAgents(t *testing.T) {
	for userAgent, want := range map[string][4]any{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":                                                   {"Chrome", 156.0, "Linux", nil},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":                                          {"Chrome", 156.0, "Chrome OS", nil},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.7":                                                                        {"Firefox", 153.7, "Windows", nil},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15":                                   {"Safari", 18.3, "Mac OS X", nil},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1":                 {"Mobile Safari", 18.3, "iOS", "iPhone"},
		"Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/133.0.6943.84 Mobile/15E148 Safari/604.1":                   {"Chrome iOS", 133.0, "iOS", "iPad"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/135.0 Mobile/15E148 Safari/605.1.15":               {"Firefox iOS", 135.0, "iOS", "iPhone"},
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36":                     {"Samsung Internet", 27.0, "Android", "Android"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0":                           {"Microsoft Edge", 156.0, "Windows", nil},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/117.0.0.0":                           {"Opera", 117.0, "Windows", nil},
		"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko":                                                                                   {"Internet Explorer", 11.0, "Windows", nil},
		"Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0 Mobile Safari/537.36 Edge/15.1": {"Microsoft Edge", 15.1, "Windows Phone", "Windows Phone"},
		"":                       {nil, nil, nil, nil},
		"curl/8.0":               {nil, nil, nil, nil},
		"Mozilla/5.0 Chrome/00.": {"Chrome", 0.0, nil, nil},
	} {
		p := decode(t, page.Defaults(&page.Facts{UserAgent: userAgent}))
		assert.Equal(t, want, [4]any{p["$browser"], p["$browser_version"], p["$os"], p["$device"]}, userAgent)
	}
}

func TestAddress(t *testing.T) {
	p := decode(t, page.Defaults(&page.Facts{
		URL: "https://shop.example/a?b", Referrer: "https://user@www.google.com:443/search?x=1&q=blue+sh%C3%B6es%2", Width: 1440, Height: 900,
	}))
	assert.Equal(t, "https://shop.example/a?b", p["$current_url"])
	assert.Equal(t, "www.google.com", p["$referring_domain"])
	assert.Equal(t, "google", p["$search_engine"])
	assert.Equal(t, "blue shöes%2", p["mp_keyword"])
	assert.Equal(t, 1440.0, p["$screen_width"])
	assert.NotContains(t, decode(t, page.Defaults(&page.Facts{})), "$referrer")
}

func TestMarketing(t *testing.T) {
	assert.Equal(t, map[string]any{"utm_source": "news letter", "gclid": "g=1"},
		decode(t, page.Marketing("https://x.example/?utm_source=news%20letter&gclid=g%3D1&utm_medium=&other=1#?utm_term=no")))
	assert.Empty(t, decode(t, page.Marketing("https://x.example/#utm_source=x")))
}

func FuzzDefaults(f *testing.F) {
	f.Add("https://x/?utm_source=%zz&&=", "Mozilla/5.0 Chrome/1..2")
	f.Fuzz(func(t *testing.T, url, userAgent string) {
		defaults := page.Defaults(&page.Facts{URL: url, Referrer: url, UserAgent: userAgent})
		require.True(t, json.Valid(defaults.AppendJSON(nil)))
		marketing := page.Marketing(url)
		require.True(t, json.Valid(marketing.AppendJSON(nil)))
	})
}
