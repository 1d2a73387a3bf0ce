package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/project"
)

// behindProxy lets a collector believe a proxy on this machine, so that tests can send from any address.
func behindProxy(c *app.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// sendFrom sends a body from an address; "" stands for this machine, without a proxy.
func (h *testCollector) sendFrom(address, path, body string, headers ...string) answer {
	h.t.Helper()
	if address != "" {
		headers = append(headers, "X-Forwarded-For", address)
	}
	return h.do(http.MethodPost, path, body, headers...)
}

func TestTokens(t *testing.T) {
	list, err := project.Parse("t\nother:s3cret-of-other")
	require.NoError(t, err)
	h := startCollector(t, options{config: func(c *app.Config) { c.Projects = list }})
	unknown := strings.Replace(eventJSON("E", "d", "u", 0), `"token":"t"`, `"token":"u"`, 1)
	a := h.do(http.MethodPost, "/track?verbose=1", "["+eventJSON("E", "d", "i", 0)+","+unknown+"]")
	assert.Equal(t, http.StatusBadRequest, a.StatusCode)
	assert.JSONEq(t, `{"status":0,"error":"record 1: properties.token: unknown token","num_good_events":1,"failed_records":[
		{"index":1,"$insert_id":"u","field":"properties.token","message":"unknown token"}]}`, a.body)
	assert.Len(t, h.events(""), 1)
	a = h.do(http.MethodPost, "/track?verbose=1", strings.Replace(eventJSON("E", "d", "o", 0), `"token":"t"`, `"token":"other"`, 1))
	assert.Equal(t, http.StatusOK, a.StatusCode, "pages need no secret: "+a.body)
	for path, update := range map[string]string{
		"/engage?verbose=1": `{"$token":"u","$distinct_id":"d","$set":{"a":1}}`, "/groups?verbose=1": `{"$token":"u","$group_key":"k","$group_id":"g","$set":{"a":1}}`,
	} {
		a := h.do(http.MethodPost, path, update)
		assert.Equal(t, http.StatusOK, a.StatusCode)
		assert.Contains(t, a.body, `{"status":0,`)
		assert.Contains(t, a.body, `"field":"$token","message":"unknown token"`)
	}
	a = h.do(http.MethodPost, "/import", unknown, "Authorization", basicAuthHeader("t", ""))
	assert.Equal(t, http.StatusBadRequest, a.StatusCode)
	assert.Contains(t, a.body, "unknown token")
	for _, text := range []string{"s3cret", "other"} {
		assert.NotContains(t, h.log.String(), text)
	}
}

// Importing into a project that has a secret needs it. Nothing of a request without it is stored.
func TestImportNeedsTheSecret(t *testing.T) {
	list, err := project.Parse("open\nshut:s3cret-of-shut\nother:s3cret-of-other")
	require.NoError(t, err)
	noToken := `{"event":"A","properties":{"distinct_id":"d"}}`
	shut, other := `{"event":"B","properties":{"token":"shut","distinct_id":"d"}}`, `{"event":"C","properties":{"token":"other","distinct_id":"d"}}`
	for name, test := range map[string]struct {
		query, auth, body string
		status            int
		project           string // where A is stored
	}{
		"the secret is the user":                     {"", basicAuthHeader("s3cret-of-shut", ""), noToken, 200, "shut"},
		"the token is the user, and the password":    {"", basicAuthHeader("shut", "s3cret-of-shut"), noToken, 200, "shut"},
		"a service account":                          {"?project_id=shut", basicAuthHeader("account", "s3cret-of-shut"), noToken, 200, "shut"},
		"an older client's key":                      {"?api_key=s3cret-of-shut", "", shut, 200, ""},
		"the token alone":                            {"", basicAuthHeader("shut", ""), noToken, 401, ""},
		"a wrong secret":                             {"", basicAuthHeader("shut", "s3cret-of-shux"), noToken, 401, ""},
		"the beginning of the secret":                {"", basicAuthHeader("shut", "s3cret"), noToken, 401, ""},
		"another project's secret":                   {"?project_id=shut", basicAuthHeader("account", "s3cret-of-other"), noToken, 401, ""},
		"another project's secret, and events of it": {"", basicAuthHeader("s3cret-of-other", ""), other + "\n" + shut, 401, ""},
		"an open project, and events of a shut one":  {"", basicAuthHeader("open", ""), noToken + "\n" + shut, 401, ""},
		"an open project":                            {"", basicAuthHeader("open", ""), noToken, 200, "open"},
		"a project that is unknown":                  {"", basicAuthHeader("unknown", ""), noToken, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startCollector(t, options{config: func(c *app.Config) { c.Projects = list }})
			headers := []string{"Content-Type", contentTypeJSON}
			if test.auth != "" {
				headers = append(headers, "Authorization", test.auth)
			}
			began := time.Now()
			a := h.do(http.MethodPost, "/import"+test.query, test.body, headers...)
			assert.Equal(t, test.status, a.StatusCode, a.body)
			assert.Equal(t, test.status == 401, time.Since(began) > 900*time.Millisecond, "secrets cannot be tried quickly")
			for _, token := range []string{"open", "shut", "other", "unknown"} {
				var page struct{ Events []shownEvent }
				h.get("/api/events?token="+token, &page)
				switch {
				case token == test.project:
					assert.Equal(t, []string{"A"}, names(page.Events))
				case test.status != 200:
					assert.Empty(t, page.Events)
				}
			}
			assert.NotContains(t, h.log.String(), "s3cret")
		})
	}
}

// Each client and each project may send so many events; with more, the client is told how long to wait, and nothing of the request is
// stored. This machine is not limited, unless a proxy passes its requests on.
func TestRates(t *testing.T) {
	h := startCollector(t, options{config: func(c *app.Config) {
		behindProxy(c)
		c.RatePerAddress = limit.Rate{PerSecond: 0.1, Burst: 10}
	}})
	events := func(n int) string { return "[" + strings.Repeat(`{"event":"E","properties":{"token":"t"}},`, n) + "]" }
	const track = "/track?verbose=1"
	assert.Equal(t, 200, h.sendFrom("203.0.113.1", track, events(10)).StatusCode)
	a := h.sendFrom("203.0.113.1", track, events(1))
	assert.Equal(t, http.StatusTooManyRequests, a.StatusCode)
	assert.Equal(t, "10", a.Header.Get("Retry-After"))
	assert.JSONEq(t, `{"status":0,"error":"too many events come from this address","refused":"request"}`, a.body)
	assert.Equal(t, 200, h.sendFrom("203.0.113.2", track, events(10)).StatusCode, "another client")
	assert.Equal(t, 200, h.sendFrom("2001:db8:1:2::1", track, events(10)).StatusCode)
	assert.Equal(t, 429, h.sendFrom("2001:db8:1:2:ffff::1", track, events(1)).StatusCode, "another address of the same network")
	assert.Equal(t, 200, h.sendFrom("2001:db8:1:3::1", track, events(1)).StatusCode, "another network")
	assert.Equal(t, 200, h.sendFrom("203.0.113.3", track, events(2000)).StatusCode, "a request with more than may ever come at once")
	assert.Equal(t, 429, h.sendFrom("203.0.113.3", track, "not even JSON").StatusCode)
	for range 10 {
		assert.Equal(t, 400, h.sendFrom("203.0.113.4", track, "not even JSON").StatusCode)
	}
	assert.Equal(t, 429, h.sendFrom("203.0.113.4", track, events(1)).StatusCode, "what cannot be read counts too")
	for range 3 {
		assert.Equal(t, 200, h.sendFrom("", track, events(10)).StatusCode, "this machine")
	}
	a = h.do(http.MethodPost, track, events(10), "Via", "1.1 a proxy")
	assert.Equal(t, 200, a.StatusCode)
	a = h.do(http.MethodPost, track, events(10), "Via", "1.1 a proxy")
	assert.Equal(t, 429, a.StatusCode)
	assert.Contains(t, a.body, "it passes on no client's address")
	assert.NotContains(t, a.body, "--trusted-proxies", "it is named already")
	a = h.do(http.MethodGet, "/track?callback=f&data=x", "", "X-Forwarded-For", "203.0.113.1")
	assert.Equal(t, 429, a.StatusCode, "a script must not run as if it were an answer")
	assert.Equal(t, 204, h.do(http.MethodOptions, "/track", "", "X-Forwarded-For", "203.0.113.1").StatusCode)
	assert.NotContains(t, h.log.String(), "203.0.113")
	assert.NotContains(t, h.log.String(), "2001:db8")
}

// Without --trusted-proxies the answer says what to do.
func TestRateOfAProxyThatIsNotNamed(t *testing.T) {
	h := startCollector(t, options{config: func(c *app.Config) { c.RatePerAddress = limit.Rate{PerSecond: 0.1, Burst: 1} }})
	assert.Equal(t, 200, h.sendFrom("203.0.113.1", "/track", eventJSON("E", "d", "", 0)).StatusCode)
	a := h.sendFrom("203.0.113.2", "/track?verbose=1", eventJSON("E", "d", "", 0))
	assert.Equal(t, 429, a.StatusCode)
	assert.Contains(t, a.body, "which is a proxy's: name it with --trusted-proxies")
}

// A client that sends much in few records, or what cannot be read, waits as if it had sent many; what was read once is stored.
func TestRateByWeight(t *testing.T) {
	h := startCollector(t, options{config: func(c *app.Config) {
		behindProxy(c)
		c.RatePerAddress = limit.Rate{PerSecond: 0.1, Burst: 1000}
	}})
	heavy := `[{"event":"E","properties":{"token":"t","p":"` + strings.Repeat("x", 1_500_000) + `"}}]`
	light := `[{"event":"E","properties":{"token":"t"}}]`
	assert.Equal(t, 200, h.sendFrom("203.0.113.1", "/track", heavy).StatusCode)
	assert.Equal(t, 200, h.sendFrom("203.0.113.1", "/track", heavy).StatusCode, "there is some left, and it was read")
	a := h.sendFrom("203.0.113.1", "/track", light)
	assert.Equal(t, http.StatusTooManyRequests, a.StatusCode)
	assert.Equal(t, "60", a.Header.Get("Retry-After"))
	unreadable := strings.Repeat("[", 3_000_000)
	assert.Equal(t, 400, h.sendFrom("203.0.113.2", "/track", unreadable).StatusCode)
	assert.Equal(t, 429, h.sendFrom("203.0.113.2", "/track", light).StatusCode)
	assert.Equal(t, 200, h.sendFrom("203.0.113.3", "/track", light).StatusCode)
}

func TestRatePerToken(t *testing.T) {
	h := startCollector(t, options{config: func(c *app.Config) { c.RatePerToken = limit.Rate{PerSecond: 0.1, Burst: 5} }})
	assert.Equal(t, 200, h.sendFrom("", "/track", "["+strings.Repeat(`{"event":"E","properties":{"token":"t"}},`, 5)+"]").StatusCode)
	both := `[{"event":"E","properties":{"token":"other"}},{"event":"E","properties":{"token":"t"}}]`
	a := h.sendFrom("", "/track?verbose=1", both)
	assert.Equal(t, http.StatusTooManyRequests, a.StatusCode)
	assert.Contains(t, a.body, "too many events come for this project")
	assert.Len(t, h.events(""), 5)
	assert.Equal(t, 429, h.sendFrom("", "/engage", `{"$token":"t","$distinct_id":"d","$set":{}}`).StatusCode)
	assert.Equal(t, 200, h.sendFrom("", "/track", `{"event":"E","properties":{"token":"third"}}`).StatusCode)
}

// The answer whether an alias is taken is given to a client a few times. After that it says nothing, whether the alias is taken or not,
// while the claim is stored all the same.
func TestAliasAnswersAreLimited(t *testing.T) {
	ask := func(h *testCollector, address, alias string, n int) (taken int, body string) {
		claims := make([]string, n)
		for i := range claims {
			claims[i] = aliasJSON(alias, fmt.Sprint("$device:", address, i), fmt.Sprint(address, alias, i), i)
		}
		a := h.sendFrom(address, "/track?verbose=1", "["+strings.Join(claims, ",")+"]")
		require.Equal(t, http.StatusOK, a.StatusCode, a.body)
		var response takenResponse
		require.NoError(t, json.Unmarshal([]byte(a.body), &response))
		return len(response.Taken), a.body
	}
	h := startCollector(t, options{config: behindProxy})
	h.send(aliasJSON("jane", "$device:owner", "first", 0))
	for i := range 10 {
		taken, body := ask(h, "203.0.113.1", "jane", 1)
		assert.Equal(t, 1, taken)
		assert.NotContains(t, body, "$device:owner")
		taken, _ = ask(h, "203.0.113.1", fmt.Sprint("free", i), 1)
		assert.Zero(t, taken, "an alias that is free costs an answer too")
	}
	taken, silent := ask(h, "203.0.113.1", "jane", 1)
	assert.Zero(t, taken)
	_, free := ask(h, "203.0.113.1", "free and silent", 1)
	assert.Equal(t, free, silent)
	assert.Len(t, h.person("jane").Conflicts, 1, "the claim was stored")
	taken, _ = ask(h, "203.0.113.2", "jane", 20)
	assert.Equal(t, 20, taken, "another client")
	taken, _ = ask(h, "203.0.113.3", "jane", 21)
	assert.Equal(t, 20, taken, "a request that asks about more is answered as far as")
	for range 3 {
		taken, _ = ask(h, "", "jane", 20)
		assert.Equal(t, 20, taken, "this machine is not limited")
	}

	off := startCollector(t, options{config: func(c *app.Config) { c.HideTakenAliases = true }})
	off.send(aliasJSON("jane", "$device:owner", "first", 0))
	taken, _ = ask(off, "", "jane", 1)
	assert.Zero(t, taken)
	assert.Len(t, off.person("jane").Conflicts, 1)
}

// Neither addresses of clients nor what they sent is logged.
func TestLogHasNothingOfClients(t *testing.T) {
	h := startCollector(t, options{config: behindProxy})
	h.sendFrom("203.0.113.1", "/track?hush-in-address=1", `[{"event":"hush-name","properties":{"distinct_id":"hush-id","$insert_id":"hush-insert","x":"hush-x"}},1]`)
	h.sendFrom("203.0.113.1", "/track?data=hush", "hush")
	h.sendFrom("203.0.113.1", "/import", "hush")
	conn := h.dial()
	_, err := conn.Write([]byte("hush nonsense\r\n\r\n"))
	require.NoError(t, err)
	_, _ = conn.Read(make([]byte, 100))
	assert.Contains(t, h.log.String(), "records were refused")
	for _, text := range []string{"203.0.113", "127.0.0.1", "hush"} {
		assert.NotContains(t, h.log.String(), text)
	}
}
