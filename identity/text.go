package identity

// The functions below stand in for packages strings and slices, which would add 16 KB to the program in the page.

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}

// indexOfText returns the position of the first part in text, or -1.
func indexOfText(text, part string) int {
	for i := 0; i+len(part) <= len(text); i++ {
		if text[i:i+len(part)] == part {
			return i
		}
	}
	return -1
}

func containsString(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

// truncate returns the first maxBytes bytes of a longer s, or a few less in order not to split a character.
func truncate(s string, maxBytes int) string {
	for maxBytes > 0 && s[maxBytes]&0xc0 == 0x80 {
		maxBytes--
	}
	return s[:maxBytes]
}

// abbreviate shortens a text that a warning quotes.
func abbreviate(s string) string {
	const maxBytes = 300
	if len(s) <= maxBytes {
		return s
	}
	return truncate(s, maxBytes) + "..."
}

// lastBytes returns the last n bytes of s, or all of a shorter s.
func lastBytes(s string, n int) string { return s[max(0, len(s)-n):] }

// equalFoldASCII reports whether s equals lower, which is in lower case, without regard to the case of ASCII letters.
func equalFoldASCII(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if lowerASCII(s[i]) != lower[i] {
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

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNumber reports whether a JSON value, known to be valid, is a number.
func isNumber(raw string) bool { return raw[0] == '-' || isDigit(raw[0]) }
