package memory

import (
	"errors"
	"io"

	"github.com/throughline/throughline/identity/jsontext"
)

// ErrTooLong is returned by ReadAll for more bytes than the limit.
var ErrTooLong = errors.New("there are more bytes than the limit")

// The sizes of the pieces in which ReadAll reads: the first is what an ordinary request needs.
const (
	firstPiece   = 4 << 10
	largestPiece = 512 << 10
)

// ReadAll reads to the end of source, at most limit bytes. It reserves memory only for bytes that have arrived, so that neither a client
// that announces a long body and sends little of it nor a small body that decompresses to a large one takes what is not counted. Of what
// it reserves, as many bytes as the text has stay reserved.
func (r *Reservation) ReadAll(source io.Reader, limit int) (string, error) {
	var pieces [][]byte
	length, reserved := 0, 0
	defer func() { r.Release(reserved) }()
	for size := firstPiece; ; size = min(2*size, largestPiece) {
		if err := r.Reserve(size); err != nil {
			return "", err
		}
		reserved += size
		piece := make([]byte, size)
		n, err := readFull(source, piece)
		pieces, length = append(pieces, piece[:n]), length+n
		switch {
		case length > limit:
			return "", ErrTooLong
		case err == nil:
			continue
		case err != io.EOF:
			return "", err
		}
		if err := r.Reserve(length); err != nil {
			return "", err
		}
		return join(pieces, length), nil
	}
}

// readFull fills the piece. Unlike io.ReadFull it returns io.EOF whenever the source ends, whatever was read before.
func readFull(source io.Reader, piece []byte) (n int, err error) {
	for n < len(piece) && err == nil {
		var more int
		more, err = source.Read(piece[n:])
		n += more
	}
	return n, err
}

// join returns the text of all pieces, and copies once.
func join(pieces [][]byte, length int) string {
	text := make([]byte, 0, length)
	for _, piece := range pieces {
		text = append(text, piece...)
	}
	return jsontext.UnsafeString(text)
}
