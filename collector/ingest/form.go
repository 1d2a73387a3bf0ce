package ingest

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// FormField finds a field of a form or a query. It is more patient than net/url, which refuses a pair for a stray semicolon or percent.
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

// clientBase64 forgives what happens to base64 on its way: a plus that a form decoder took for a space, line ends, the alphabet for URLs.
var base64Repairs = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\n", "", "\r", "")

func decodeBase64(text string) (string, bool) {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(base64Repairs.Replace(text), "="))
	return string(decoded), err == nil
}
