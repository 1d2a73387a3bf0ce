package ingest

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

const (
	second   = 1000
	minute   = 60 * second
	hour     = 60 * minute
	day      = 24 * hour
	received = 1_700_000_000_000
)

// testRequest is a request that came a minute after most of the tests' events.
func testRequest(project string) Request {
	return Request{Project: project, Clock: Clock{ReceivedMS: received + minute}}
}

// Events of a client whose clock is wrong get the time at which they happened, if it says what it takes the time for.
func TestClock(t *testing.T) {
	for name, test := range map[string]struct{ client, sent, want int64 }{
		"the client does not say":                       {0, received + 40*day, received + 40*day},
		"a good clock":                                  {received, received - second, received - second},
		"a minute slow: it may be the network":          {received - minute, received - minute, received - minute},
		"ten minutes slow":                              {received - 10*minute, received - 11*minute, received - 11*minute},
		"an hour slow":                                  {received - hour, received - hour - second, received - second},
		"an hour fast":                                  {received + hour, received + hour - second, received - second},
		"days fast, and the event is old":               {received + 3*day, received + day, received - 2*day},
		"years slow":                                    {received - 20*365*day, received - 20*365*day - minute, received - minute},
		"a clock that begins in 1970":                   {5 * minute, 4 * minute, received - minute},
		"an event without a time":                       {received - hour, 0, 0},
		"an event ahead of the clock: it has another":   {received - hour, received, received},
		"an event just ahead of the clock":              {received - hour, received - hour + minute, received + minute},
		"a counter against caches":                      {1, received, received},
		"a random number against caches, of 2033":       {2_000_000_000_000, received - second, received - second},
		"years fast, and the event waited for weeks":    {received + 20*365*day, received + 20*365*day - 30*day, received - 30*day},
		"days fast, and an event of years ago":          {received + 3*day, received - 5*365*day, received - 5*365*day},
		"a random number against caches, ahead of time": {latestClientTime + 1, received, received},
	} {
		clock := Clock{ReceivedMS: received, ClientMS: ParseClientTime(strconv.FormatInt(test.client, 10))}
		assert.Equal(t, test.want, test.sent+clock.correction(test.sent), name)
	}
	for _, text := range []string{"", "x", "-1", "0", "1.5", "1e12", "9999999999999", "1700000000000000", " 1700000000000", "99999999999999999999"} {
		assert.Zero(t, ParseClientTime(text), text)
	}
	assert.EqualValues(t, received, ParseClientTime("1700000000000"))
}

// What the client sent stays as it is, because a repeated event is found by it.
func TestCorrectionKeepsWhatWasSent(t *testing.T) {
	record := fmt.Sprintf(`{"event":"E","properties":{"token":"t","distinct_id":"d","$insert_id":"i","time":%d}}`, int64(received+hour))
	for _, later := range []int64{0, day} {
		events, faults := Events([]string{record}, Request{Clock: Clock{ReceivedMS: received + later, ClientMS: received + hour + later}})
		require.Empty(t, faults)
		assert.Equal(t, int64(received+hour), events[0].SentMS)
		assert.Equal(t, int64(-hour), events[0].ClockMS)
		assert.Equal(t, int64(received), event.Stored{Event: events[0]}.TimeMS())
	}
}

// Claims that no sound client makes are refused, because a claim that is accepted holds for ever.
func TestAliasesThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		alias, distinctID, time string
		client                  int64
		field                   string
	}{
		{"jane", "$device:1", "1700000000", 0, ""},
		{"jane", "$device:1", "null", 0, ""},
		{"jane", "$device:1", "946684800", 0, ""},
		{"jane", "$device:1", "1731000000", 0, ""}, // within a year
		{"$Device:1", "d", "1700000000", 0, ""},    // no client makes such an id for a device
		{"$device:1", "$device:2", "1700000000", 0, "properties.alias"},
		{"$device:", "d", "1700000000", 0, "properties.alias"},
		{`\u0024device:1`, "d", "1700000000", 0, "properties.alias"},
		{"$anonymous:i", "d", "1700000000", 0, "properties.alias"},
		{"jane", "jane", "1700000000", 0, "properties.alias"},
		{`jan\u0065`, "jane", "1700000000", 0, "properties.alias"},
		{"jane", "$device:1", "1", 0, "properties.time"},
		{"jane", "$device:1", "-1", 0, "properties.time"},
		{"jane", "$device:1", "946684799", 0, "properties.time"},
		{"jane", "$device:1", `"0001-01-01"`, 0, "properties.time"},
		{"jane", "$device:1", "1733000000", 0, "properties.time"},
		{"jane", "$device:1", "8640000000000", 0, "properties.time"},
		{"jane", "$device:1", "1700000000000000", 0, ""}, // microseconds
		{"jane", "$device:1", "1733000000", 1_733_000_060_000, ""},
		{"jane", "$device:1", "60", 100_000, ""},                         // a clock that begins in 1970
		{"jane", "$device:1", "1", 1_700_000_060_000, "properties.time"}, // the clock is good
	} {
		request := testRequest("t")
		request.ClientMS = test.client
		record := fmt.Sprintf(`{"event":"$create_alias","properties":{"alias":"%s","distinct_id":"%s","time":%s}}`, test.alias, test.distinctID, test.time)
		events, faults := Events([]string{record}, request)
		if test.field == "" {
			assert.Empty(t, faults, record)
			assert.Len(t, events, 1, record)
			continue
		}
		assert.Empty(t, events, record)
		require.Len(t, faults, 1, record)
		assert.Equal(t, test.field, faults[0].Field, record)
	}
}

// FuzzClock corrects any time by any client's clock. A correction never moves an event past its receipt by more than the tolerance, and is
// none where the clock is good.
func FuzzClock(f *testing.F) {
	f.Add(int64(received), "1700000000000", "1700000000")
	f.Add(int64(received), "1", "-8.64e15")
	f.Add(int64(received), "4102444800000", `"2023-11-14"`)
	f.Add(int64(0), "", "1e18")
	f.Fuzz(func(t *testing.T, at int64, client, time string) {
		if at < 0 || at > latestClientTime {
			t.Skip("the collector's clock is good")
		}
		clock := Clock{ReceivedMS: at, ClientMS: ParseClientTime(client)}
		sent, ok := parseTime(time)
		if !ok {
			t.Skip("no time")
		}
		require.LessOrEqual(t, math.Abs(float64(sent)), float64(maxDateMS))
		off := clock.correction(sent)
		require.LessOrEqual(t, math.Abs(float64(off)), float64(latestClientTime))
		if off != 0 {
			require.NotZero(t, sent)
			require.LessOrEqual(t, sent+off, at+clockTolerance)
			require.Equal(t, at-clock.ClientMS, off)
		}
	})
}
