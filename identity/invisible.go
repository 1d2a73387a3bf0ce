package identity

import "unicode/utf8"

// invisible lists the code points that are not visible: Unicode's White_Space and Default_Ignorable_Code_Point, and the blank pattern of
// Braille. Each range has a first and a last code point; the ranges are sorted. Control characters are not in it, because isControlAt
// rejects them before.
var invisible = [...][2]rune{
	{0x20, 0x20}, {0xa0, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5},
	{0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
	{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

func isInvisible(r rune) bool {
	for i := range invisible {
		pair := &invisible[i]
		if r <= pair[1] {
			return r >= pair[0]
		}
	}
	return false
}

// visiblePart returns s from its first visible character to its last. hasHalfCharacter reports whether s contains half a surrogate pair or
// invalid UTF-8. JavaScript leaves half a pair when it cuts a string within an emoji. On the way to the collector either becomes U+FFFD, so
// two different ids could become the same one.
func visiblePart(s string) (visible string, hasHalfCharacter bool) {
	from, to := len(s), 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		hasHalfCharacter = hasHalfCharacter || r == utf8.RuneError
		if !isInvisible(r) {
			from, to = min(from, i), i+size
		}
		i += size
	}
	return s[from:max(from, to)], hasHalfCharacter
}
