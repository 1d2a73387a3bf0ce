package postgres

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/throughline/throughline/collector/event"
)

// keyOf returns by what an event is known within its project: 48 bits of its time, then 80 of a hash of its project, distinct_id, name, insert id and
// time, with the length of each text in front, so that no two different events have the same texts in a row.
func keyOf(e *event.Event) (key [16]byte) {
	var buffer [512]byte
	text := binary.BigEndian.AppendUint64(buffer[:0], uint64(e.SentMS))
	for _, part := range [...]string{e.Token, e.DistinctID, e.Name, e.InsertID} {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	hash := sha256.Sum256(text)
	copy(key[:6], text[2:8])
	copy(key[6:], hash[:10])
	return key
}
