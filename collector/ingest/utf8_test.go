package ingest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cesu8 encodes text as mixpanel-browser does: each UTF-16 code unit by itself.
func cesu8(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		switch {
		case unit < 0x80:
			b = append(b, byte(unit))
		case unit < 0x800:
			b = append(b, 0xc0|byte(unit>>6), 0x80|byte(unit&0x3f))
		default:
			b = append(b, 0xe0|byte(unit>>12), 0x80|byte(unit>>6&0x3f), 0x80|byte(unit&0x3f))
		}
	}
	return string(b)
}

func TestValidUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "tea": "tea", "é🍵": "é🍵", cesu8("🍵"): "🍵", cesu8("a🍵🫖b\U0010ffff"): "a🍵🫖b\U0010ffff",
		"\xed\xa0\xbc": "\ufffd", "\xed\xb5\xb5": "\ufffd", "\xed\xb5\xb5\xed\xa0\xbc!": "\ufffd!", // halves alone, and in the wrong order
		"\xed\xa0\xbc\xed\xbd": "\ufffd", "a\xff\xfe\xffb": "a\ufffdb", "\ufffd\xff": "\ufffd\ufffd",
	} {
		assert.Equal(t, want, validUTF8(text), "%q", text)
	}
}

func TestValidUTF8OfAnyText(t *testing.T) {
	for range 20_000 {
		runes := make([]rune, rand.IntN(6))
		for i := range runes {
			runes[i] = rune(rand.IntN(utf8.MaxRune + 1))
		}
		text := string(runes)
		require.Equal(t, text, validUTF8(cesu8(text)))
		bytes := []byte(cesu8(text))
		if len(bytes) > 0 {
			bytes[rand.IntN(len(bytes))] = byte(rand.IntN(256))
		}
		got := validUTF8(string(bytes))
		require.True(t, utf8.ValidString(got))
		if !strings.Contains(string(bytes), "\xed") {
			require.Equal(t, strings.ToValidUTF8(string(bytes), "\ufffd"), got)
		}
	}
}
