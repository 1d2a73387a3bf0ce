package store

import (
	"context"
	"time"
)

// Expirable are the events of one project, of which the old ones are to be deleted.
type Expirable interface {
	// Dates calls yield with the next events after an id, in the order of ids, and when each came, until yield returns false.
	Dates(ctx context.Context, after int64, limit int, yield func(id, receivedMS int64) bool) error
	// DeleteUpTo deletes the oldest events up to an id, at most limit, and returns how many these were; fewer than limit where it has to end.
	DeleteUpTo(ctx context.Context, id int64, limit int) (deleted int, err error)
}

// expiredAtOnce is how many events are looked at, or deleted, at a time.
const expiredAtOnce = 2000

// Expire deletes the events that came longer ago than age. Ids grow in the order in which events came, so it looks at the oldest until one is young
// enough. One that came at a time which is yet to come was stored while the clock was wrong: it is passed by, and goes together with the next one that
// is too old, because it came before that. It would otherwise keep all that follow until its time comes.
func Expire(ctx context.Context, now func() time.Time, age time.Duration, events Expirable) error {
	for after, more := int64(0), true; more; {
		nowMS, old, seen := now().UnixMilli(), int64(0), 0
		more = false
		err := events.Dates(ctx, after, expiredAtOnce, func(id, receivedMS int64) bool {
			switch {
			case receivedMS < nowMS-age.Milliseconds():
				old = id
			case receivedMS <= nowMS:
				return false
			}
			after, seen = id, seen+1
			more = seen == expiredAtOnce
			return true
		})
		if err != nil {
			return err
		}
		for deleted := expiredAtOnce; old > 0 && deleted == expiredAtOnce; {
			if deleted, err = events.DeleteUpTo(ctx, old, expiredAtOnce); err != nil {
				return err
			}
		}
	}
	return nil
}
