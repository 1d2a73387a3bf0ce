package ingest

import (
	"compress/gzip"
	"io"
	"strings"
	"sync"
)

func isGzip(text string) bool { return len(text) > 2 && text[0] == 0x1f && text[1] == 0x8b }

// gzipReaders are reused, because each has tables of 40 KB.
var gzipReaders sync.Pool

func gunzip(text string) (string, error) {
	source := strings.NewReader(text)
	reader, _ := gzipReaders.Get().(*gzip.Reader)
	var err error
	if reader == nil {
		reader, err = gzip.NewReader(source)
	} else {
		err = reader.Reset(source)
	}
	if err != nil {
		return "", ErrBadGzip
	}
	defer gzipReaders.Put(reader)
	var decompressed strings.Builder
	switch n, err := io.Copy(&decompressed, io.LimitReader(reader, MaxBody+1)); {
	case err != nil:
		return "", ErrBadGzip
	case n > MaxBody: // A small body can decompress to gigabytes.
		return "", ErrTooLarge
	}
	return decompressed.String(), nil
}
