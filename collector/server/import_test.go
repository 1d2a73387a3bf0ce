package server_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestImport(t *testing.T) {
	const noToken, noName = `{"event":"A","properties":{"distinct_id":"d","$insert_id":"a","time":1}}`, `{"event":"","properties":{"$insert_id":"b"}}`
	own := tracked("C", "d", "c", 0)
	for _, test := range []struct {
		name, path, auth, contentType, body string
		status                              int
		answer                              string
		stored                              []string // newest first
	}{
		{
			"nobody says who sends", "/import", "", asJSN, "[" + own + "]", 401,
			`{"code":401,"error":"import needs Basic authentication, with the project's token or secret as the user","num_records_imported":0,"status":"Unauthorized"}`, nil,
		},
		{
			"the project is the user", "/import?strict=1", basic("t", ""), asJSN, "[" + noToken + "," + own + "]", 200,
			`{"code":200,"num_records_imported":2,"status":"OK"}`, []string{"C", "A"},
		},
		{
			"a slash, one a line, packed", "/import/?strict=1&project_id=7", basic("t", "secret"), "application/x-ndjson", packed(noToken + "\n" + own), 200,
			`{"code":200,"num_records_imported":2,"status":"OK"}`, []string{"C", "A"},
		},
		{
			"some are good", "/import?strict=1", basic("t", ""), asJSN, "[" + noToken + "," + noName + ",1]", 400,
			`{"code":400,"error":"some data points in the request failed validation","failed_records":[
				{"index":1,"$insert_id":"b","field":"event","message":"the event has no name: it must be a text"},
				{"index":2,"$insert_id":"","field":"","message":"the record is not a JSON object"}
			],"num_records_imported":1,"status":"Bad Request"}`, []string{"A"},
		},
		{
			"nothing is JSON", "/import", basic("t", ""), asJSN, "hello", 400,
			`{"code":400,"error":"there is no data: send JSON, or a form field data with JSON or base64 of it","num_records_imported":0,"status":"Bad Request"}`, nil,
		},
		{
			"an older client: a form, a key in the address, 1 as answer", "/import/?api_key=k", "", form, "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(own))), 200,
			`1`, []string{"C"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := open(t, plan{})
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
