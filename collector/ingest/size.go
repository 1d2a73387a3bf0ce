package ingest

import (
	"unicode/utf8"
	"unsafe"

	"github.com/throughline/throughline/collector/event"
)

// ParsedSize returns how many bytes Events or Updates hold for these records beside their text. What they return points into the text,
// except for texts with escapes, which are limited, and for records that are not valid UTF-8, which are copied:
// there every run of broken bytes becomes three.
func ParsedSize(records []string) int {
	const (
		parsed = int(unsafe.Sizeof("") + unsafe.Sizeof(event.Event{}) + unsafe.Sizeof(Fault{}))
		texts  = MaxName + 2*MaxID + 2*255 // name, token, insert id, distinct_id and alias
	)
	size := len(records) * parsed
	for _, record := range records {
		size += min(len(record), texts)
		if len(record) <= MaxRecord && !utf8.ValidString(record) {
			size += 2 * len(record)
		}
	}
	return size
}
