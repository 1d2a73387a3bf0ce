package sqlite

import (
	"context"
	"fmt"

	"github.com/throughline/throughline/collector/event"
)

// minFreeSpace is how much of the disk must be free: what the write-ahead log may grow to.
const minFreeSpace = 64 << 20

// Ready returns nil if the writer commits in time, and there is room on the disk for more.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Store(ctx, event.Batch{}); err != nil {
		return err
	}
	if free, known := freeSpace(s.config.Path); known && free < minFreeSpace {
		return fmt.Errorf("only %d bytes are free on the disk", free)
	}
	return nil
}
