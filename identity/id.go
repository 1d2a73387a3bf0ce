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
	switch {
	case raw == "":
		return "", "is missing"
	case raw[0] == '"':
		id, _ = jsontext.Unquote(raw)
	case raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9'):
		id = raw
	default:
		return shown(raw), "is not a string or a number"
	}
	return id, faultOf(id)
}

// faultOf says what makes an id unusable, "" for a good one.
func faultOf(id string) string {
	if len(id) > MaxIDBytes {
		return "is longer than 255 bytes"
	}
	blank := true
	for i := 0; i < len(id); i++ {
		if control(id, i) {
			return "has control characters in it"
		}
		blank = blank && id[i] == ' '
	}
	if blank {
		return "is empty"
	}
	for _, p := range placeholders {
		if sameFold(trim(id), p) {
			return "is what a missing value turns into"
		}
	}
	return ""
}

// control reports whether a control character begins at i: U+0000 to U+001F, U+007F, and U+0080 to U+009F in UTF-8.
func control(s string, i int) bool {
	return s[i] < ' ' || s[i] == 0x7f || (s[i] == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0)
}

// UsableID reports whether id can name a person: 1 to 255 bytes without control characters, and none of the placeholders that broken
// front ends send, such as "undefined". Collectors may want to hold the same rule.
func UsableID(id string) bool { return faultOf(id) == "" }

// shown cuts what a warning quotes.
func shown(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + "..."
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func trim(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// sameFold reports whether a, whatever the case of its ASCII letters, is b, which has small ones.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != b[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
