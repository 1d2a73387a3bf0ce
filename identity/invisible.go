package identity

import "unicode/utf8"

// invisible are the runes that show nothing: Unicode's White_Space and Default_Ignorable_Code_Point, and the blank pattern of Braille. Each
// range is a first and a last rune, in order. The runes below U+00A0 that belong here are spaces and control characters.
var invisible = [...][2]rune{
	{0x20, 0x20}, {0xa0, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5},
	{0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
	{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

func isInvisible(r rune) bool {
	for _, pair := range invisible {
		if r <= pair[1] {
			return r >= pair[0]
		}
	}
	return false
}

// look returns what can be seen of a text, from its first visible rune to its last, and whether a text holds half a surrogate pair, as JavaScript
// leaves it where it cuts one in the middle of an emoji, or bytes that are not UTF-8: both have become U+FFFD on their way here, or are about
// to, and different ids would become one.
func visiblePart(s string) (seen string, half bool) {
	from, to := len(s), 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		half = half || r == utf8.RuneError
		if !isInvisible(r) {
			from, to = min(from, i), i+size
		}
		i += size
	}
	return s[from:max(from, to)], half
}
