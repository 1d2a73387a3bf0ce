package ingest

import (
	"strings"
	"time"
)

// parseISO8601 returns the milliseconds since 1970 of a time in ISO 8601, in every form that clients' languages write: with and without
// separators (2026-01-02T03:04:05Z, 20260102T030405Z), a space or a small letter instead of T and Z (RFC 3339, Python, Ruby, SQL), with or
// without seconds, with a fraction of any length behind a point or a comma, offsets with and without colon or minutes, week dates and
// ordinal dates, a date alone, years of six digits (JavaScript), and a zone's name in brackets behind the offset (RFC 9557: Java,
// Temporal). Without an offset the time is UTC, as in Mixpanel. ok is false for anything else, and for days and times of day that do not
// exist.
func parseISO8601(text string) (ms int64, ok bool) {
	s := dateScanner{text: strings.TrimSpace(text)}
	day, ok := s.takeDate()
	if !ok {
		return 0, false
	}
	ms = day * 86_400_000
	if s.takeSeparator() {
		clock, ok := s.takeTimeOfDay()
		if !ok {
			return 0, false
		}
		ms += clock
	}
	offset, ok := s.takeZone()
	if !ok || s.text != "" {
		return 0, false
	}
	ms -= offset
	return ms, ms >= -maxDateMS && ms <= maxDateMS
}

// dateScanner consumes a text from its beginning.
type dateScanner struct{ text string }

// takeByte consumes the next byte if it is one of those allowed and returns it, otherwise 0.
func (s *dateScanner) takeByte(allowed string) byte {
	if s.text == "" || strings.IndexByte(allowed, s.text[0]) < 0 {
		return 0
	}
	c := s.text[0]
	s.text = s.text[1:]
	return c
}

// countDigits returns how many digits come next.
func (s *dateScanner) countDigits() int {
	return len(s.text) - len(strings.TrimLeft(s.text, "0123456789"))
}

// takeNumber consumes a number of exactly that many digits; ok is false if there is none from lowest to highest.
func (s *dateScanner) takeNumber(digits, lowest, highest int) (n int, ok bool) {
	if s.countDigits() < digits {
		return 0, false
	}
	for _, c := range []byte(s.text[:digits]) {
		n = 10*n + int(c-'0')
	}
	s.text = s.text[digits:]
	return n, n >= lowest && n <= highest
}

// takeDate consumes a date and returns its days since 1970. A year alone, or a year and a month, is not accepted.
func (s *dateScanner) takeDate() (days int64, ok bool) {
	year, ok := s.takeYear()
	if !ok {
		return 0, false
	}
	dash := s.takeByte("-") != 0
	if s.takeByte("Ww") != 0 {
		return s.takeWeekDate(year, dash)
	}
	if s.countDigits() == 3 {
		day, ok := s.takeNumber(3, 1, daysInYear(year))
		return daysSince1970(year, time.January, day), ok
	}
	month, ok := s.takeNumber(2, 1, 12)
	if !ok || dash != (s.takeByte("-") != 0) {
		return 0, false
	}
	day, ok := s.takeNumber(2, 1, 31)
	days = daysSince1970(year, time.Month(month), day)
	return days, ok && daysSince1970(year, time.Month(month)+1, 1) > days
}

// takeYear consumes four digits, or a sign and six digits.
func (s *dateScanner) takeYear() (year int, ok bool) {
	switch s.takeByte("+-") {
	case 0:
		return s.takeNumber(4, 0, 9999)
	case '-':
		year, ok = s.takeNumber(6, 1, 999_999)
		return -year, ok
	}
	return s.takeNumber(6, 0, 999_999)
}

// takeWeekDate consumes the week and the day of a week date. Week 1 is the week with 4 January in it, and begins on a Monday.
func (s *dateScanner) takeWeekDate(year int, dash bool) (days int64, ok bool) {
	week, ok := s.takeNumber(2, 1, 53)
	if !ok || dash != (s.takeByte("-") != 0) {
		return 0, false
	}
	day, ok := s.takeNumber(1, 1, 7)
	days = firstMonday(year) + int64(7*(week-1)+day-1)
	return days, ok && (week < 53 || firstMonday(year+1) > days)
}

func firstMonday(year int) int64 {
	fourth := daysSince1970(year, time.January, 4)
	sinceMonday := (fourth + 3) % 7 // 1 January 1970 was a Thursday.
	if sinceMonday < 0 {
		sinceMonday += 7
	}
	return fourth - sinceMonday
}

func daysInYear(year int) int {
	return int(daysSince1970(year+1, time.January, 1) - daysSince1970(year, time.January, 1))
}

func daysSince1970(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86_400 // exact: it is midnight UTC
}

// takeSeparator consumes what separates a date from a time of day, if one follows: a T, or spaces.
func (s *dateScanner) takeSeparator() bool {
	rest := strings.TrimLeft(s.text, " ")
	blank := len(rest) < len(s.text)
	if !blank {
		return s.takeByte("Tt") != 0
	}
	if rest == "" || rest[0] < '0' || rest[0] > '9' { // A time zone may follow instead.
		return false
	}
	s.text = rest
	return true
}

// takeHoursMinutesSeconds consumes hours, and optionally minutes and seconds, either all separated by colons or none. unit is the length in
// milliseconds of the last field.
func (s *dateScanner) takeHoursMinutesSeconds(maxHours, maxSeconds int) (ms, unit int64, ok bool) {
	n, ok := s.takeNumber(2, 0, maxHours)
	unit = 3_600_000
	ms = int64(n) * unit
	colons := strings.HasPrefix(s.text, ":")
	for _, highest := range []int{59, maxSeconds} {
		if !ok || colons != (s.takeByte(":") != 0) || !colons && s.countDigits() < 2 {
			break
		}
		n, ok = s.takeNumber(2, 0, highest)
		unit /= 60
		ms += int64(n) * unit
	}
	return ms, unit, ok
}

// takeTimeOfDay consumes a time of day and returns its milliseconds. Its last field may have a fraction. 24:00 is the end of the day, and
// 60 a leap second, which counts as the next second.
func (s *dateScanner) takeTimeOfDay() (ms int64, ok bool) {
	const day = 86_400_000
	if s.countDigits() == 1 && strings.HasPrefix(s.text[1:], ":") { // An hour of one digit is not ISO 8601, but Go and databases write it, and it is unambiguous.
		s.text = "0" + s.text
	}
	ms, unit, ok := s.takeHoursMinutesSeconds(24, 60)
	if ok && s.takeByte(".,") != 0 {
		fraction := s.countDigits()
		ok = fraction > 0
		scale := int64(1)
		n, _ := s.takeNumber(min(fraction, 9), 0, 999_999_999)
		for range min(fraction, 9) {
			scale *= 10
		}
		ms += int64(n) * unit / scale
		s.text = strings.TrimLeft(s.text, "0123456789")
	}
	return ms, ok && ms <= day
}

// takeZone consumes what follows a time: nothing, Z, UTC or GMT, or an offset, and optionally a zone's name in brackets. It returns by how
// many milliseconds the time is ahead of UTC.
func (s *dateScanner) takeZone() (ms int64, ok bool) {
	s.text = strings.TrimLeft(s.text, " ")
	s.text = strings.Replace(s.text, "\u2212", "-", 1) // U+2212, the minus sign that ISO 8601 prefers
	switch {
	case s.text == "":
		return 0, true
	case s.takeByte("Zz") != 0:
	case strings.HasPrefix(s.text, "UTC"), strings.HasPrefix(s.text, "GMT"):
		s.text = s.text[3:]
	default:
		if ms, ok = s.takeOffset(); !ok {
			return 0, false
		}
	}
	for strings.HasPrefix(s.text, "[") {
		_, rest, closed := strings.Cut(s.text, "]")
		if !closed {
			return 0, false
		}
		s.text = rest
	}
	return ms, true
}

// takeOffset consumes a sign and hours, and optionally minutes and seconds.
func (s *dateScanner) takeOffset() (ms int64, ok bool) {
	sign := s.takeByte("+-")
	ms, _, ok = s.takeHoursMinutesSeconds(23, 59)
	if sign == '-' {
		ms = -ms
	}
	return ms, ok && sign != 0
}
