package ingest

import (
	"math"
	"strconv"
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// secondsBelow tells seconds from milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const secondsBelow = 1e11

// mostMS is the last moment of JavaScript's Date.
const maxDateMS = 8.64e15

// parseTime returns the milliseconds since 1970 of an event's raw time: seconds (with or without a fraction), milliseconds, or ISO 8601.
// Where there is no time it returns 0.
func parseTime(value string) (int64, bool) {
	if value == "" || value == "null" {
		return 0, true
	}
	text, isText := jsontext.Unquote(value)
	if !isText {
		text = value
	} else if text = strings.TrimSpace(text); len(text) == len("20260102") {
		// As a date it is one; as seconds it would be of 1970, when nothing was tracked.
		if ms, ok := parseISO8601(text); ok {
			return ms, true
		}
	}
	if text != "" && strings.Trim(text, "0123456789.eE+-") == "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			if math.Abs(n) < secondsBelow {
				n *= 1000
			}
			return int64(math.Round(n)), math.Abs(n) <= maxDateMS
		}
	}
	if !isText {
		return 0, false
	}
	return parseISO8601(text)
}
