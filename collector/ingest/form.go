package ingest

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/identity/jsontext"
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

// decodeBase64 decodes base64, and undoes what happens to it on its way: form decoders turn plus signs into spaces, encoders add line breaks,
// and some clients use the URL alphabet.
func decodeBase64(text string, reserved *memory.Reservation) (string, error) {
	if err := reserved.Reserve(len(text)); err != nil {
		return "", err
	}
	buffer := make([]byte, 0, len(text))
	for _, c := range []byte(text) {
		switch c {
		case ' ', '-':
			c = '+'
		case '_':
			c = '/'
		case '\n', '\r':
			continue
		}
		buffer = append(buffer, c)
	}
	decoded, err := decodeInPlace(bytes.TrimRight(buffer, "="))
	if err != nil {
		return "", ErrNotJSON
	}
	reserved.Release(len(text))
	return jsontext.UnsafeString(decoded), nil
}

// decodeInPlace decodes base64 into the buffer that has it, because a second buffer would be megabytes. Decode itself does not promise that
// its buffers may overlap, so each piece is copied first.
func decodeInPlace(buffer []byte) ([]byte, error) {
	var piece [4096]byte
	length := 0
	for rest := buffer; len(rest) > 0; {
		n := copy(piece[:], rest)
		decoded, err := base64.RawStdEncoding.Decode(buffer[length:], piece[:n])
		if err != nil {
			return nil, err
		}
		length += decoded
		rest = rest[n:]
	}
	return buffer[:length], nil
}
