package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEventsNewestFirst(t *testing.T) {
	h := startCollector(t, options{})
	for i := range 25 { // Events are listed in the order of arrival, whatever the clients' clocks say.
		h.send(eventJSON(fmt.Sprint("E", i), "d", fmt.Sprint("i", i), -i))
	}
	all := h.events("")
	require.Len(t, all, 25)
	for i, e := range all {
		assert.Equal(t, fmt.Sprint("E", 24-i), e.Event)
	}
	assert.Equal(t, []string{"E24", "E23", "E22"}, names(h.events("&limit=3")))
	assert.Equal(t, []string{"E21", "E20"}, names(h.events(fmt.Sprint("&limit=2&before=", all[2].ID))), "the next page")
	assert.Empty(t, h.events(fmt.Sprint("&before=", all[24].ID)))
	assert.Equal(t, int64(1_700_000_000_000), all[24].Time)
	assert.Greater(t, all[24].Received, int64(1_700_000_000_000))

	var other struct{ Events []shownEvent }
	h.get("/api/events?token=unknown", &other)
	assert.NotNil(t, other.Events, "an empty list, not null")
	assert.Empty(t, other.Events)
}

func TestPropertiesAreShownAsSent(t *testing.T) {
	h := startCollector(t, options{})
	properties := `{"token":"t","distinct_id":"d","$insert_id":"i","big":12345678901234567890,"price":1.50,"nested":{"a":[null,true,"\u0000\ud83d\ude00</script>"]}}`
	h.send(`{"event":"E","properties":` + properties + `}`)
	require.Len(t, h.events(""), 1)
	assert.Equal(t, properties, string(h.events("")[0].Properties))
}

func TestInvalidQueryParameters(t *testing.T) {
	h := startCollector(t, options{})
	for path, want := range map[string]string{
		"/api/events":                    "token is missing: say ?token=...",
		"/api/events?token=t&limit=0":    "limit must be a whole number from 1 to 1000",
		"/api/events?token=t&limit=1001": "limit must be a whole number from 1 to 1000",
		"/api/events?token=t&limit=x":    "limit must be a whole number from 1 to 1000",
		"/api/events?token=t&before=-1":  "before must be a whole number from 0 to 9223372036854775807",
		"/api/person?token=t":            "distinct_id is missing: say ?distinct_id=...",
		"/api/person?distinct_id=d":      "token is missing: say ?token=...",
		"/api/group?token=t&group_key=k": "group_id is missing: say ?group_id=...",
		"/api/live":                      "token is missing: say ?token=...",
	} {
		a := h.do(http.MethodGet, path, "")
		assert.Equal(t, http.StatusBadRequest, a.StatusCode, path)
		assert.JSONEq(t, `{"error":"`+want+`"}`, a.body, path)
	}
	for _, path := range []string{"/api/", "/api/nothing"} {
		assert.Equal(t, http.StatusNotFound, h.do(http.MethodGet, path, "").StatusCode, path)
	}
	assert.Equal(t, http.StatusNotFound, h.do(http.MethodPost, "/api/events?token=t", "").StatusCode)
}

// An event with a wrong time is stored with that time, and listed in the order of arrival.
func TestWrongClientClocks(t *testing.T) {
	h := startCollector(t, options{})
	for i, test := range []struct {
		raw  string
		want int64
	}{
		{"1", 1000},
		{"-1", -1000},
		{"-62135596800", -62_135_596_800_000}, // the year 1
		{"4102444800", 4_102_444_800_000},     // 2100
		{"8640000000000", 8_640_000_000_000},
		{"1700000000000000", 1_700_000_000_000},    // microseconds
		{"1700000000000000000", 1_700_000_000_000}, // nanoseconds
		{"8640000000000000000000", 8_640_000_000_000_000},
		{`"0001-01-01"`, -62_135_596_800_000},
		{`"9999-12-31T23:59:59Z"`, 253_402_300_799_000},
	} {
		h.send(fmt.Sprintf(`{"event":"E","properties":{"token":"t","distinct_id":"d","$insert_id":"%d","time":%s}}`, i, test.raw))
		newest := h.events("&limit=1")[0]
		assert.Equal(t, fmt.Sprint(i), newest.InsertID)
		assert.Equal(t, test.want, newest.Time, test.raw)
	}
	h.send(`{"event":"E","properties":{"token":"t","distinct_id":"d","$insert_id":"none"}}`)
	newest := h.events("&limit=1")[0]
	assert.Equal(t, newest.Received, newest.Time, "an event without a time happened when it came")
	a := h.do(http.MethodPost, "/track?verbose=1", `{"event":"E","properties":{"token":"t","time":9e21}}`)
	assert.Equal(t, http.StatusBadRequest, a.StatusCode)
	assert.True(t, strings.Contains(a.body, "properties.time"), a.body)
}
