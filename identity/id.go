package identity

import "github.com/throughline/throughline/identity/jsontext"

// MaxIDBytes is the maximum length of an id in bytes. Mixpanel does not store longer ones.
const MaxIDBytes = 255

// DevicePrefix is what the distinct_id of an anonymous visitor begins with, as in mixpanel-browser. The device id follows.
const DevicePrefix = "$device:"

// placeholders are what broken front ends send in place of a missing id, in lower case. If they were accepted, all visitors with the same
// one would become one person. Mixpanel's documentation lists the same values as invalid.
var placeholders = [...]string{
	"undefined", "null", "nan", "[object object]", "anonymous", "anon", "nil", "none", "n/a", "na", "unknown", "<nil>", "0", "-1",
	"true", "false", "[]", "{}", "00000000-0000-0000-0000-000000000000",
}

// IsValidID reports whether id can identify a person: it has 1 to MaxIDBytes bytes, at least one visible character, no control
// characters and no U+FFFD, which stands for half a character; and it is none of the placeholders that broken front ends send, such as
// "undefined". The page and the collector apply the same rule.
func IsValidID(id string) bool { return idFault(id) == "" }

// parseIDArgument parses an argument of a call that must be a valid id. If it is not, it adds the warning BadID.
func parseIDArgument(o *Outcome, method string, value Value) (id string, ok bool) {
	id, fault := parseID(string(value))
	if fault != "" {
		o.warn(BadID, method, id, fault)
	}
	return id, fault == ""
}

// parseID parses an id that a page passed, as raw JSON: a string or a number. fault says what is wrong with it, in words that follow "the
// id"; it is "" for a valid id.
func parseID(raw string) (id, fault string) {
	if id, fault = parseStoredID(raw); fault == "" && raw[0] != '"' && mayBeRounded(raw) {
		fault = "is a number that JavaScript has rounded, so that it may be somebody else's"
	}
	return id, fault
}

// parseStoredID is parseID for an id from storage. It accepts a number that was rounded, because the visitor is already known by it.
func parseStoredID(raw string) (id, fault string) {
	switch {
	case raw == "":
		return "", "is missing"
	case raw[0] == '"':
		id, _ = jsontext.Unquote(raw)
	case isNumber(raw):
		id = raw
	default:
		return abbreviate(raw), "is not a string or a number"
	}
	return id, idFault(id)
}

// mayBeRounded reports whether JavaScript may have rounded another number to this one. JavaScript represents integers up to 2^53-1 and
// numbers of at most 15 digits exactly. It writes numbers outside of that range with an exponent.
func mayBeRounded(number string) bool {
	const maxExact, maxExactDigits = 1<<53 - 1, 15
	digits := 0
	hasFraction := false
	for _, c := range []byte(number) {
		switch {
		case c == 'e' || c == 'E':
			return true
		case c == '.':
			hasFraction = true
		case isDigit(c) && (c != '0' || digits > 0):
			digits++
		}
	}
	if hasFraction {
		return digits > maxExactDigits
	}
	n, ok := jsontext.ParseInt(number)
	return !ok || n > maxExact || n < -maxExact
}

// idFault says why an id is invalid, or returns "" for a valid one.
func idFault(id string) string {
	if len(id) > MaxIDBytes {
		return "is longer than 255 bytes"
	}
	for i := 0; i < len(id); i++ {
		if isControlAt(id, i) {
			return "has control characters in it"
		}
	}
	visible, hasHalfCharacter := visiblePart(id)
	switch {
	case id == "":
		return "is empty"
	case visible == "":
		return "has nothing in it that can be seen"
	case hasHalfCharacter:
		return "has half a character in it, as a text has that was cut in the middle of an emoji"
	}
	for _, p := range &placeholders {
		if equalFoldASCII(visible, p) {
			return "is what a missing value turns into"
		}
	}
	return ""
}

// isControlAt reports whether s has a control character at byte i: U+0000 to U+001F, U+007F, or U+0080 to U+009F, which take two bytes.
func isControlAt(s string, i int) bool {
	return s[i] < ' ' || s[i] == 0x7f || (s[i] == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0)
}
