package ingest

import (
	"math"
	"strconv"
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// The limits below which a number is taken as seconds, milliseconds and microseconds; from the last on it is nanoseconds. As seconds the
// first is in the year 5138, as milliseconds in 1973, and so on for the others.
const (
	secondsBelow      = 1e11
	millisecondsBelow = 1e14
	microsecondsBelow = 1e17
)

// maxDateMS is the latest time that JavaScript's Date can represent.
const maxDateMS = 8.64e15

// parseTime returns an event's time in milliseconds since 1970. The raw JSON value may be seconds (with or without a fraction),
// milliseconds, microseconds, nanoseconds or ISO 8601. Without a time it returns 0.
func parseTime(value string) (int64, bool) {
	if value == "" || value == "null" {
		return 0, true
	}
	text, isText := jsontext.Unquote(value)
	if !isText {
		text = value
	} else if text = strings.TrimSpace(text); len(text) == len("20260102") {
		// Eight digits are a date such as 20260102. As seconds they would be in 1970, when nothing was tracked.
		if ms, ok := parseISO8601(text); ok {
			return ms, true
		}
	}
	if text != "" && strings.Trim(text, "0123456789.eE+-") == "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			switch size := math.Abs(n); {
			case size < secondsBelow:
				n *= 1000
			case size < millisecondsBelow:
			case size < microsecondsBelow:
				n /= 1000
			default:
				n /= 1e6
			}
			return int64(math.Round(n)), math.Abs(n) <= maxDateMS
		}
	}
	if !isText {
		return 0, false
	}
	return parseISO8601(text)
}
