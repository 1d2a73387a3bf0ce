package server_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A phone whose clock is wrong leads no list: where it says what time it thinks it is, its times are corrected; else they are marked.
func TestWrongClock(t *testing.T) {
	const fiveDays = 5 * 24 * time.Hour
	h := startCollector(t, options{})
	now := time.Now().UnixMilli()
	wrong := now + fiveDays.Milliseconds()
	event := func(name string, ms int64) string {
		return fmt.Sprintf(`[{"event":"%s","properties":{"token":"t","distinct_id":"d","$insert_id":"%s","time":%d}}]`, name, name, ms)
	}
	for range 2 { // A repeat is a repeat, although its correction is another one.
		a := h.do(http.MethodPost, fmt.Sprint("/track?verbose=1&_=", wrong+60_000), event("said", wrong))
		require.Equal(t, http.StatusOK, a.StatusCode, a.body)
		time.Sleep(5 * time.Millisecond)
	}
	require.Equal(t, http.StatusOK, h.do(http.MethodPost, "/track?verbose=1", event("unsaid", wrong)).StatusCode)
	require.Equal(t, http.StatusOK, h.do(http.MethodPost, "/track?verbose=1", event("microseconds", now*1000)).StatusCode)
	shown := h.events("")
	require.Equal(t, []string{"microseconds", "unsaid", "said"}, names(shown))
	assert.InDelta(t, now, shown[0].Time, 10)
	assert.Equal(t, wrong, shown[1].Time)
	assert.InDelta(t, now-60_000, shown[2].Time, 10_000)
	assert.Equal(t, []string{"", "ahead", ""}, []string{shown[0].Clock, shown[1].Clock, shown[2].Clock})
}
