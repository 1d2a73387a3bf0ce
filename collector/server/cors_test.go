package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// mixpanel-browser sends with credentials: then a star is no answer, and the origin must be named.
func TestPagesOfAnySiteMaySend(t *testing.T) {
	h := open(t, plan{})
	for _, path := range []string{"/track", "/track/", "/engage", "/engage/", "/groups", "/groups/", "/import", "/import/"} {
		t.Run(path, func(t *testing.T) {
			ask := h.do(http.MethodOptions, path, "",
				"Origin", "https://shop.example", "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "content-type,authorization", "Access-Control-Request-Private-Network", "true")
			assert.Equal(t, http.StatusNoContent, ask.StatusCode)
			assert.Equal(t, "https://shop.example", ask.Header.Get("Access-Control-Allow-Origin"))
			assert.Equal(t, "true", ask.Header.Get("Access-Control-Allow-Credentials"))
			assert.Contains(t, ask.Header.Get("Access-Control-Allow-Methods"), "POST")
			assert.Contains(t, ask.Header.Get("Access-Control-Allow-Headers"), "Content-Type")
			assert.Contains(t, ask.Header.Get("Access-Control-Allow-Headers"), "Authorization")
			assert.Equal(t, "true", ask.Header.Get("Access-Control-Allow-Private-Network"))
			assert.Contains(t, ask.Header.Values("Vary"), "Origin")

			refused := h.do(http.MethodPost, path, "nothing", "Origin", "https://shop.example")
			assert.GreaterOrEqual(t, refused.StatusCode, 400)
			assert.Equal(t, "https://shop.example", refused.Header.Get("Access-Control-Allow-Origin"), "a page may read why it was refused")
			assert.Equal(t, "true", refused.Header.Get("Access-Control-Allow-Credentials"))
			assert.Equal(t, "Retry-After", refused.Header.Get("Access-Control-Expose-Headers"))
		})
	}
}

// Pages of other origins may send, not read.
func TestPagesOfOtherOriginsMayNotRead(t *testing.T) {
	h := open(t, plan{})
	for _, path := range []string{"/api/events?token=t", "/api/person?token=t&distinct_id=d"} {
		a := h.do(http.MethodGet, path, "", "Origin", "https://shop.example")
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), path)
		assert.Equal(t, "same-origin", a.Header.Get("Cross-Origin-Resource-Policy"), path)
		assert.Equal(t, "no-store", a.Header.Get("Cache-Control"), path)
		ask := h.do(http.MethodOptions, path, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "GET")
		assert.Empty(t, ask.Header.Get("Access-Control-Allow-Origin"), path)
	}
}
