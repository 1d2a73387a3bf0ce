package ingest

import (
	"strings"
	"time"
)

// parseISO8601 returns the milliseconds since 1970 of a moment in ISO 8601, in every form that clients' languages write it: with and without
// separators (2026-01-02T03:04:05Z, 20260102T030405Z), a blank or a small letter in place of T and Z (RFC 3339, Python, Ruby, SQL), seconds
// or none, a fraction of any length behind a point or a comma, offsets with and without a colon or minutes, week dates and ordinal dates, a
// date alone, years of six digits (JavaScript), a zone's name in brackets behind the offset (RFC 9557: Java, Temporal). Without an offset it
// is UTC, as in Mixpanel. What is no day or no time of day is none.
func parseISO8601(text string) (ms int64, ok bool) {
	s := scanner{text: strings.TrimSpace(text)}
	day, ok := s.date()
	if !ok {
		return 0, false
	}
	ms = day * 86_400_000
	if s.separator() {
		clock, ok := s.clock()
		if !ok {
			return 0, false
		}
		ms += clock
	}
	offset, ok := s.zone()
	if !ok || s.text != "" {
		return 0, false
	}
	ms -= offset
	return ms, ms >= -mostMS && ms <= mostMS
}

// scanner takes a text apart from its beginning.
type scanner struct{ text string }

// sign takes one of these bytes, and returns it; 0 where there is none of them.
func (s *scanner) sign(signs string) byte {
	if s.text == "" || strings.IndexByte(signs, s.text[0]) < 0 {
		return 0
	}
	c := s.text[0]
	s.text = s.text[1:]
	return c
}

// digits is how many digits come next.
func (s *scanner) digits() int {
	return len(s.text) - len(strings.TrimLeft(s.text, "0123456789"))
}

// number takes a number of exactly so many digits that is in these bounds.
func (s *scanner) number(digits, least, most int) (n int, ok bool) {
	if s.digits() < digits {
		return 0, false
	}
	for _, c := range []byte(s.text[:digits]) {
		n = 10*n + int(c-'0')
	}
	s.text = s.text[digits:]
	return n, n >= least && n <= most
}

// date takes a date, and returns its days since 1970. A year and a month alone are no date of an event.
func (s *scanner) date() (days int64, ok bool) {
	year, ok := s.year()
	if !ok {
		return 0, false
	}
	dash := s.sign("-") != 0
	if s.sign("Ww") != 0 {
		return s.weekDate(year, dash)
	}
	if s.digits() == 3 {
		day, ok := s.number(3, 1, yearDays(year))
		return dayOf(year, time.January, day), ok
	}
	month, ok := s.number(2, 1, 12)
	if !ok || dash != (s.sign("-") != 0) {
		return 0, false
	}
	day, ok := s.number(2, 1, 31)
	days = dayOf(year, time.Month(month), day)
	return days, ok && dayOf(year, time.Month(month)+1, 1) > days
}

// year takes four digits, or a sign and six.
func (s *scanner) year() (year int, ok bool) {
	switch s.sign("+-") {
	case 0:
		return s.number(4, 0, 9999)
	case '-':
		year, ok = s.number(6, 1, 999_999)
		return -year, ok
	}
	return s.number(6, 0, 999_999)
}

// weekDate takes the week and the day of a week date. Week 1 is the one with 4 January in it, and begins on a Monday.
func (s *scanner) weekDate(year int, dash bool) (days int64, ok bool) {
	week, ok := s.number(2, 1, 53)
	if !ok || dash != (s.sign("-") != 0) {
		return 0, false
	}
	day, ok := s.number(1, 1, 7)
	days = firstMonday(year) + int64(7*(week-1)+day-1)
	return days, ok && (week < 53 || firstMonday(year+1) > days)
}

func firstMonday(year int) int64 {
	fourth := dayOf(year, time.January, 4)
	sinceMonday := (fourth + 3) % 7 // 1 January 1970 was a Thursday.
	if sinceMonday < 0 {
		sinceMonday += 7
	}
	return fourth - sinceMonday
}

func yearDays(year int) int {
	return int(dayOf(year+1, time.January, 1) - dayOf(year, time.January, 1))
}

func dayOf(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86_400 // without a remainder
}

// separator takes what stands between a date and a time of day, if one follows: a T, or blanks.
func (s *scanner) separator() bool {
	rest := strings.TrimLeft(s.text, " ")
	blank := len(rest) < len(s.text)
	if !blank {
		return s.sign("Tt") != 0
	}
	if rest == "" || rest[0] < '0' || rest[0] > '9' { // A zone may follow.
		return false
	}
	s.text = rest
	return true
}

// sixties takes hours, or with minutes, or with seconds too, all with colons in between or none with. unit is the milliseconds of what came
// last.
func (s *scanner) sixties(hours, seconds int) (ms, unit int64, ok bool) {
	n, ok := s.number(2, 0, hours)
	unit = 3_600_000
	ms = int64(n) * unit
	colons := strings.HasPrefix(s.text, ":")
	for _, most := range []int{59, seconds} {
		if !ok || colons != (s.sign(":") != 0) || !colons && s.digits() < 2 {
			break
		}
		n, ok = s.number(2, 0, most)
		unit /= 60
		ms += int64(n) * unit
	}
	return ms, unit, ok
}

// clock takes a time of day, and returns its milliseconds. What it says last may have a fraction. 24:00 is the end of the day, and 60 is a
// leap second, which counts as the next one.
func (s *scanner) clock() (ms int64, ok bool) {
	const day = 86_400_000
	if s.digits() == 1 && strings.HasPrefix(s.text[1:], ":") { // Not ISO 8601, but Go and databases take it, and it means one thing only.
		s.text = "0" + s.text
	}
	ms, unit, ok := s.sixties(24, 60)
	if ok && s.sign(".,") != 0 {
		fraction := s.digits()
		ok = fraction > 0
		scale := int64(1)
		n, _ := s.number(min(fraction, 9), 0, 999_999_999)
		for range min(fraction, 9) {
			scale *= 10
		}
		ms += int64(n) * unit / scale
		s.text = strings.TrimLeft(s.text, "0123456789")
	}
	return ms, ok && ms <= day
}

// zone takes what stands behind a time: nothing, Z, UTC or GMT, or an offset, and perhaps a zone's name in brackets. It returns by how many
// milliseconds the time is ahead of UTC.
func (s *scanner) zone() (ms int64, ok bool) {
	s.text = strings.TrimLeft(s.text, " ")
	s.text = strings.Replace(s.text, "\u2212", "-", 1) // the minus sign, which ISO 8601 wants where a text can say it
	switch {
	case s.text == "":
		return 0, true
	case s.sign("Zz") != 0:
	case strings.HasPrefix(s.text, "UTC"), strings.HasPrefix(s.text, "GMT"):
		s.text = s.text[3:]
	default:
		if ms, ok = s.offset(); !ok {
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

// offset takes a sign and hours, and perhaps minutes and seconds.
func (s *scanner) offset() (ms int64, ok bool) {
	sign := s.sign("+-")
	ms, _, ok = s.sixties(23, 59)
	if sign == '-' {
		ms = -ms
	}
	return ms, ok && sign != 0
}
