package ingest

import (
	"compress/gzip"
	"errors"
	"strings"
	"sync"

	"github.com/throughline/throughline/collector/memory"
)

func isGzip(text string) bool { return len(text) > 2 && text[0] == 0x1f && text[1] == 0x8b }

// gzipReaders are reused, because each has tables of about 45 KB.
var gzipReaders sync.Pool

const gzipReaderBytes = 48 << 10

// gunzip decompresses text. Memory is reserved as the decompressed bytes appear, because ten kilobytes can decompress to ten megabytes.
func gunzip(text string, reserved *memory.Reservation) (string, error) {
	if err := reserved.Reserve(gzipReaderBytes); err != nil {
		return "", err
	}
	defer reserved.Release(gzipReaderBytes)
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
	decompressed, err := reserved.ReadAll(reader, MaxBody)
	switch {
	case errors.Is(err, memory.ErrTooLong):
		return "", ErrTooLarge
	case errors.Is(err, memory.ErrBusy), errors.Is(err, memory.ErrNeverFits):
		return "", err
	case err != nil:
		return "", ErrBadGzip
	}
	reserved.Release(len(text))
	return decompressed, nil
}
