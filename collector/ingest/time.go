package ingest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/throughline/throughline/identity/jsontext"
)

// secondsBelow tells seconds from milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const secondsBelow = 1e11

// mostMS is the last moment of JavaScript's Date.
const mostMS = 8.64e15

// layouts are the ISO 8601 forms that clients send. Without a zone it is UTC, as in Mixpanel.
var layouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"}

// parseTime returns the milliseconds since 1970 of an event's raw time: seconds (with or without a fraction), milliseconds, or ISO 8601.
// Where there is no time it returns 0.
func parseTime(value string) (int64, bool) {
	if value == "" || value == "null" {
		return 0, true
	}
	text, isText := jsontext.Unquote(value)
	if !isText {
		text = value
	}
	if text != "" && strings.Trim(text, "0123456789.eE+-") == "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			if math.Abs(n) < secondsBelow {
				n *= 1000
			}
			return int64(math.Round(n)), math.Abs(n) <= mostMS
		}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}
