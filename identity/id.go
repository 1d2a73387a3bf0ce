package identity

import "github.com/throughline/throughline/identity/jsontext"

// MaxIDBytes is the longest id, in bytes: Mixpanel keeps no more.
const MaxIDBytes = 255

// DevicePrefix begins the distinct_id of an anonymous visitor; the device id follows.
const DevicePrefix = "$device:"

// placeholders are what broken front ends send where an id should be. Thousands of visitors with one of them would be one person.
var placeholders = [...]string{
	"undefined", "null", "nan", "[object object]", "anonymous", "anon", "nil", "none", "n/a", "na", "unknown", "<nil>", "0", "-1",
	"true", "false", "[]", "{}", "00000000-0000-0000-0000-000000000000",
}

// parseID takes an id from a call's argument, raw JSON: a string, or a number's digits. fault says what is wrong with it.
func parseID(raw string) (id, fault string) {
	if id, fault = parseStoredID(raw); fault == "" && raw[0] != '"' && mayBeRounded(raw) {
		fault = "is a number that JavaScript has rounded, so that it may be somebody else's"
	}
	return id, fault
}

// readID is parseID of a number that nobody rounded, or that is known under these digits by now.
func parseStoredID(raw string) (id, fault string) {
	switch {
	case raw == "":
		return "", "is missing"
	case raw[0] == '"':
		id, _ = jsontext.Unquote(raw)
	case raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9'):
		id = raw
	default:
		return abbreviate(raw), "is not a string or a number"
	}
	return id, idFault(id)
}

// rounded reports whether a number, as JavaScript writes it, may stand for others too. JavaScript holds every whole number up to 2^53-1 as it
// is, and every other number of at most 15 digits; it writes those with an exponent that are too large or too small for either.
func mayBeRounded(number string) bool {
	const mostExact, exactDigits = 1<<53 - 1, 15
	digits := 0
	fraction := false
	for _, c := range []byte(number) {
		switch {
		case c == 'e' || c == 'E':
			return true
		case c == '.':
			fraction = true
		case isDigit(c) && (c != '0' || digits > 0):
			digits++
		}
	}
	if fraction {
		return digits > exactDigits
	}
	n, ok := jsontext.ParseInt(number)
	return !ok || n > mostExact || n < -mostExact
}

// faultOf says what makes an id unusable, "" for a good one.
func idFault(id string) string {
	if len(id) > MaxIDBytes {
		return "is longer than 255 bytes"
	}
	for i := 0; i < len(id); i++ {
		if isControlAt(id, i) {
			return "has control characters in it"
		}
	}
	seen, half := visiblePart(id)
	switch {
	case id == "":
		return "is empty"
	case seen == "":
		return "has nothing in it that can be seen"
	case half:
		return "has half a character in it, as a text has that was cut in the middle of an emoji"
	}
	for _, p := range placeholders {
		if equalFoldASCII(seen, p) {
			return "is what a missing value turns into"
		}
	}
	return ""
}

// control reports whether a control character begins at i: U+0000 to U+001F, U+007F, and U+0080 to U+009F in UTF-8.
func isControlAt(s string, i int) bool {
	return s[i] < ' ' || s[i] == 0x7f || (s[i] == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0)
}

// UsableID reports whether id can name a person: 1 to 255 bytes without control characters and half characters (U+FFFD), with something in
// them that can be seen, and none of the placeholders that broken front ends send, such as "undefined". The page and the collector hold the
// same rule.
func IsValidID(id string) bool { return idFault(id) == "" }

// shown cuts what a warning quotes.
func abbreviate(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return truncate(s, most) + "..."
}

// cut returns the beginning of a text that is longer: at most so many bytes, and no part of a letter.
func truncate(s string, most int) string {
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func trimSpaces(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// sameFold reports whether a, whatever the case of its ASCII letters, is b, which has small ones.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lowerASCII(a[i]) != b[i] {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
