package ingest

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// FormField returns a field of a form or a query. net/url would refuse a field with a stray semicolon or percent sign; this takes it as it
// is.
func FormField(form, name string) (value string, ok bool) {
	for pair := range strings.SplitSeq(form, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != name {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			return decoded, true
		}
		return value, true
	}
	return "", false
}

// base64Repairs undoes what happens to base64 on its way: form decoders turn plus signs into spaces, encoders add line breaks, and some
// clients use the URL alphabet.
var base64Repairs = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\n", "", "\r", "")

func decodeBase64(text string) (string, bool) {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(base64Repairs.Replace(text), "="))
	return string(decoded), err == nil
}
