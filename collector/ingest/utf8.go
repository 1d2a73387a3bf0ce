package ingest

import (
	"strings"
	"unicode/utf8"
)

// validUTF8 returns text as valid UTF-8. mixpanel-browser encodes what it sends as base64 with CESU-8: of a character beyond U+FFFF, such as an
// emoji, it encodes each half of the surrogate pair by itself. Such a pair becomes the character; every other run of invalid bytes becomes one
// U+FFFD, as in strings.ToValidUTF8.
func validUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var valid strings.Builder
	valid.Grow(len(text))
	for wasInvalid := false; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		isInvalid := r == utf8.RuneError && size == 1
		if isInvalid {
			if pair := surrogatePair(text); pair != 0 {
				r, size, isInvalid = pair, 6, false
			}
		}
		if !isInvalid || !wasInvalid {
			valid.WriteRune(r)
		}
		text, wasInvalid = text[size:], isInvalid
	}
	return valid.String()
}

// surrogatePair returns the character that text begins with in CESU-8, 0 if it does not begin with one.
func surrogatePair(text string) rune {
	const lead, mask = 0xed, 0xf0 // The first byte of each half; of the second, four bits say which half it is.
	if len(text) < 6 || text[0] != lead || text[1]&mask != 0xa0 || text[3] != lead || text[4]&mask != 0xb0 || text[2]&0xc0 != 0x80 || text[5]&0xc0 != 0x80 {
		return 0
	}
	high := rune(text[1]&0x0f)<<6 | rune(text[2]&0x3f)
	low := rune(text[4]&0x0f)<<6 | rune(text[5]&0x3f)
	return 0x10000 + high<<10 + low
}
