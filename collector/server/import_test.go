package server_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func basicAuthHeader(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestImport(t *testing.T) {
	const noToken, noName = `{"event":"A","properties":{"distinct_id":"d","$insert_id":"a","time":1}}`, `{"event":"","properties":{"$insert_id":"b"}}`
	own := eventJSON("C", "d", "c", 0)
	for _, test := range []struct {
		name, path, auth, contentType, body string
		status                              int
		answer                              string
		stored                              []string // newest first
	}{
		{
			"nobody says who sends", "/import", "", contentTypeJSON, "[" + own + "]", 401,
			`{"code":401,"error":"import needs Basic authentication, with the project's token or secret as the user, or a service account and project_id in the address","num_records_imported":0,"status":"Unauthorized"}`, nil,
		},
		{
			"the project is the user", "/import?strict=1", basicAuthHeader("t", ""), contentTypeJSON, "[" + noToken + "," + own + "]", 200,
			`{"code":200,"num_records_imported":2,"status":"OK"}`, []string{"C", "A"},
		},
		{
			"a slash, one a line, packed", "/import/?strict=1&project_id=t", basicAuthHeader("account", "secret"), "application/x-ndjson", gzipped(noToken + "\n" + own), 200,
			`{"code":200,"num_records_imported":2,"status":"OK"}`, []string{"C", "A"},
		},
		{
			"some are good", "/import?strict=1", basicAuthHeader("t", ""), contentTypeJSON, "[" + noToken + "," + noName + ",1]", 400,
			`{"code":400,"error":"some data points in the request failed validation","failed_records":[
				{"index":1,"$insert_id":"b","field":"event","message":"the event has no name: it must be a text"},
				{"index":2,"$insert_id":"","field":"","message":"the record is not a JSON object"}
			],"num_records_imported":1,"status":"Bad Request"}`, []string{"A"},
		},
		{
			"cut in the last", "/import?strict=1", basicAuthHeader("t", ""), contentTypeJSON, "[" + noToken + `,{"event":"B`, 400,
			`{"code":400,"error":"the data ends in the middle: what came whole was stored, send all of it again","failed_records":[
				{"index":1,"$insert_id":"","field":"","message":"the record is not a JSON object"}
			],"num_records_imported":1,"status":"Bad Request"}`, []string{"A"},
		},
		{
			"nothing is JSON", "/import", basicAuthHeader("t", ""), contentTypeJSON, "hello", 400,
			`{"code":400,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","num_records_imported":0,"status":"Bad Request"}`, nil,
		},
		{
			"an older client: a form, a key in the address, 1 as answer", "/import/?api_key=k", "", contentTypeForm, "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(own))), 200,
			`1`, []string{"C"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := startCollector(t, options{})
			headers := []string{"Content-Type", test.contentType}
			if test.auth != "" {
				headers = append(headers, "Authorization", test.auth)
			}
			a := h.do(http.MethodPost, test.path, test.body, headers...)
			assert.Equal(t, test.status, a.StatusCode)
			assert.JSONEq(t, test.answer, a.body)
			assert.Equal(t, test.status == http.StatusUnauthorized, a.Header.Get("WWW-Authenticate") != "")
			assert.ElementsMatch(t, test.stored, names(h.events("")))
		})
	}
}

// An event without a token belongs to the project_id if a service account sends it, else to the project whose token or secret is the user.
// A token of its own takes precedence.
func TestProjectOfAnImport(t *testing.T) {
	const noToken, own = `{"event":"A","properties":{"distinct_id":"d","$insert_id":"a","time":1}}`, `{"event":"B","properties":{"token":"own","distinct_id":"d","$insert_id":"b","time":1}}`
	for name, test := range map[string]struct{ query, auth, project string }{
		"a service account":                     {"?strict=1&project_id=7", basicAuthHeader("account.mp-service-account", "secret"), "7"},
		"a service account, as plain text":      {"?project_id=7", "Basic account:secret", "7"},
		"a service account, small letters":      {"?project_id=7", "basic account:se:cret", "7"},
		"a service account that names none":     {"", basicAuthHeader("account", "secret"), "account"},
		"a service account with an empty name":  {"?project_id=", basicAuthHeader("account", "secret"), "account"},
		"a project's secret":                    {"", basicAuthHeader("secret", ""), "secret"},
		"a project's secret, and a project_id":  {"?project_id=7", basicAuthHeader("secret", ""), "secret"},
		"a project_id in the letters of others": {"?project_id=%C3%BC", basicAuthHeader("account", "secret"), "\u00fc"},
		"a project_id that is no text":          {"?project_id=%FF", basicAuthHeader("account", "secret"), "\ufffd"},
		"a user that is no text":                {"", basicAuthHeader("\xff", ""), "\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			h := startCollector(t, options{})
			a := h.do(http.MethodPost, "/import"+test.query, "["+noToken+","+own+"]", "Authorization", test.auth)
			require.Equal(t, http.StatusOK, a.StatusCode, a.body)
			for project, event := range map[string]string{test.project: "A", "own": "B"} {
				var page struct{ Events []shownEvent }
				h.get("/api/events?token="+url.QueryEscape(project), &page)
				assert.Equal(t, []string{event}, names(page.Events), project)
			}
		})
	}
	h := startCollector(t, options{})
	for _, auth := range []string{"Basic", "Basic x", "Bearer a:b", "a:b", basicAuthHeader("", "secret"), "Basic :secret"} {
		a := h.do(http.MethodPost, "/import?project_id=7", noToken, "Authorization", auth)
		assert.Equal(t, http.StatusUnauthorized, a.StatusCode, auth)
	}
	a := h.do(http.MethodPost, "/import?project_id="+url.QueryEscape(string(make([]byte, 1025))), noToken, "Authorization", basicAuthHeader("account", "secret"))
	assert.Equal(t, http.StatusBadRequest, a.StatusCode)
	assert.Contains(t, a.body, "the token is longer than 1024 bytes")
}
