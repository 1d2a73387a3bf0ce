package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPayIsTrackedForTheAccount(t *testing.T) {
	var received []string
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received = append(received, r.URL.Path+" "+r.FormValue("data"))
		_, _ = w.Write([]byte(`{"status":1,"error":null}`))
	}))
	defer collector.Close()
	target, err := url.Parse(collector.URL)
	require.NoError(t, err)
	site := httptest.NewServer(shop(target))
	defer site.Close()

	for account, status := range map[string]int{"user-1": http.StatusOK, "undefined": http.StatusBadGateway} {
		answer, err := http.PostForm(site.URL+"/pay", url.Values{"account": {account}})
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, status, answer.StatusCode, account)
	}
	require.Len(t, received, 1)
	for _, part := range []string{`/track/ {`, `"event":"Order Paid"`, `"price":12`, `"distinct_id":"user-1"`, `"token":"demo"`, `"$insert_id":`} {
		assert.Contains(t, strings.ReplaceAll(received[0], `": `, `":`), part)
	}
}
