package server

import (
	"strings"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// answerSize returns how many bytes the encoding of an answer takes at most, with these faults and with every alias of the events taken. It
// is reserved before anything is stored: an answer repeats the ids of up to 2,000 records.
func answerSize(events []event.Event, faults []ingest.Fault) int {
	const (
		names  = 100 // bytes of an entry without its values
		copies = 4   // the encoder's buffer while it grows, its result, and that with the callback around it
	)
	size := 0
	for _, f := range faults {
		size += names + quotedSize(f.InsertID) + len(f.Field) + len(f.Message)
	}
	for _, e := range events {
		if e.Alias != "" {
			size += names + quotedSize(e.Alias) + quotedSize(e.DistinctID) + quotedSize(e.InsertID)
		}
	}
	return copies * size
}

// quotedSize returns how many bytes a text takes at most as a JSON string: an escape has six.
func quotedSize(text string) int {
	size := len(text)
	for _, c := range []byte(text) {
		if c < ' ' || c >= 0x80 || strings.IndexByte(`"\<>&`, c) >= 0 {
			size += 5
		}
	}
	return size
}
