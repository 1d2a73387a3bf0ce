package ingest

import (
	"compress/gzip"
	"io"
	"strings"
	"sync"
)

func isGzip(text string) bool { return len(text) > 2 && text[0] == 0x1f && text[1] == 0x8b }

// unpackers are kept, for each has tables of 40 KB.
var unpackers sync.Pool

func unpack(text string) (string, error) {
	source := strings.NewReader(text)
	unpacker, _ := unpackers.Get().(*gzip.Reader)
	var err error
	if unpacker == nil {
		unpacker, err = gzip.NewReader(source)
	} else {
		err = unpacker.Reset(source)
	}
	if err != nil {
		return "", ErrBadGzip
	}
	defer unpackers.Put(unpacker)
	var unpacked strings.Builder
	switch n, err := io.Copy(&unpacked, io.LimitReader(unpacker, MaxBody+1)); {
	case err != nil:
		return "", ErrBadGzip
	case n > MaxBody: // A small body can unpack to gigabytes.
		return "", ErrTooLarge
	}
	return unpacked.String(), nil
}
