package event

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTimeMS(t *testing.T) {
	const received, day = 1_700_000_000_000, 24 * 60 * 60_000
	for name, test := range map[string]struct {
		sent, clock, want int64
		ahead             bool
	}{
		"no time":                        {0, 0, received, false},
		"the client's time":              {received - 5, 0, received - 5, false},
		"corrected":                      {received + 9*day, -9 * day, received, false},
		"a day ahead":                    {received + day, 0, received + day, false},
		"more than a day ahead":          {received + day + 1, 0, received + day + 1, true},
		"ahead in spite of the clock":    {received + 9*day, -day, received + 8*day, true},
		"years behind":                   {1, 0, 1, false},
		"as far behind as can be said":   {-8_640_000_000_000_000, 0, -8_640_000_000_000_000, false},
		"corrected, from before 1970 on": {-5, received, received - 5, false},
	} {
		s := Stored{Event: Event{SentMS: test.sent, ClockMS: test.clock}, ReceivedMS: received}
		assert.Equal(t, test.want, s.TimeMS(), name)
		assert.Equal(t, test.ahead, s.IsAhead(), name)
	}
}
