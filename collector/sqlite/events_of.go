package sqlite

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
)

// EventsOf returns those of the next events of a project after that id which belong to one of these distinct_ids, oldest first. It looks at a
// limited number of events, so that nobody waits long for the connection; last is the id to go on after, 0 where there are no others.
func (s *Store) EventsOf(ctx context.Context, token string, distinctIDs map[string]bool, after int64) (events []event.Stored, last int64, err error) {
	scanned, size := 0, 0
	err = s.readers.query(ctx, func(row *sqlite3.Stmt) bool {
		scanned++
		last = row.ColumnInt64(0)
		if !distinctIDs[row.ColumnText(2)] {
			return true
		}
		e := storedEvent(row, token)
		events, size = append(events, e), size+len(e.Properties)
		return size < PageBytes
	}, afterSQL, token, after, maxScanned)
	if err != nil {
		return nil, 0, fmt.Errorf("read a person's events: %w", err)
	}
	if scanned < maxScanned && size < PageBytes {
		last = 0
	}
	return events, last, nil
}
