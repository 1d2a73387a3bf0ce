package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/store"
)

// Events of a deleted person are found by looking at all of the project's, because only hashes of the ids are left. The collector that works on a
// deletion has its row locked, and others pass it by; if it dies, another one goes on where it was.
const (
	pendingErasureSQL = `SELECT e.id, e.project, p.token, e.events_done, e.events_to FROM erasures AS e JOIN projects AS p ON p.id = e.project
		WHERE e.done_ms = 0 ORDER BY e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED`
	stepSQL        = `SELECT id, distinct_id, alias FROM events WHERE project = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4`
	erasedOfSQL    = `SELECT hash FROM erased_ids WHERE project = $1 AND erasure = $2 AND hash = ANY($3::bytea[])`
	deleteIDsSQL   = `DELETE FROM events WHERE project = $1 AND id = ANY($2::bigint[])`
	noteDeletedSQL = `UPDATE erasures SET events = events + $3, events_done = $4, done_ms = CASE WHEN $4 >= events_to THEN $5::bigint ELSE 0 END
		WHERE project = $1 AND id = $2`
)

// maxScanned is how many events one step of a deletion looks at.
const maxScanned = 20_000

// finishErasures deletes the events of all persons whose deletion was asked for.
func (b *background) finishErasures(ctx context.Context) error {
	for {
		found := false
		err := pgx.BeginFunc(ctx, b.store.reserved, func(tx pgx.Tx) (err error) {
			found, err = b.eraseSome(ctx, tx)
			return err
		})
		if err != nil || !found {
			return err
		}
	}
}

// eraseSome looks at the next events of a project and deletes those of a person; found is false where there is nothing to do.
func (b *background) eraseSome(ctx context.Context, tx pgx.Tx) (found bool, err error) {
	var id, done, to int64
	var project int32
	var token string
	err = tx.QueryRow(ctx, pendingErasureSQL).Scan(&id, &project, &token, &done, &to)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for deletions: %w", err)
	}
	events, end, err := eventsOfStep(ctx, tx, project, token, done, to)
	if err != nil {
		return false, fmt.Errorf("look for events: %w", err)
	}
	erased, err := erasedAmong(ctx, tx, project, id, events)
	if err != nil {
		return false, fmt.Errorf("look for hashes: %w", err)
	}
	deleted, err := tx.Exec(ctx, deleteIDsSQL, project, erased)
	if err != nil {
		return false, fmt.Errorf("delete events: %w", err)
	}
	if _, err := tx.Exec(ctx, noteDeletedSQL, project, id, deleted.RowsAffected(), end, b.store.config.Now().UnixMilli()); err != nil {
		return false, fmt.Errorf("record the deletion: %w", err)
	}
	return true, nil
}

// eventsOfStep returns the next events that are looked at, by the hashes of their ids, and the last of them. The hashes are made here: databases
// that speak PostgreSQL's protocol have functions for them that differ.
func eventsOfStep(ctx context.Context, tx pgx.Tx, project int32, token string, done, to int64) (ids map[[16]byte][]int64, end int64, err error) {
	rows, err := tx.Query(ctx, stepSQL, project, done, to, maxScanned)
	if err != nil {
		return nil, 0, err
	}
	ids, end = map[[16]byte][]int64{}, to
	var distinctID, alias string
	looked := 0
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id, &distinctID, &alias}, func() error {
		looked++
		for _, text := range []string{distinctID, alias} {
			if text != "" {
				hash := [16]byte(store.HashOf(token, text))
				ids[hash] = append(ids[hash], id)
			}
		}
		return nil
	})
	if looked == maxScanned {
		end = id
	}
	return ids, end, err
}

// erasedAmong returns the events that have an id which was deleted.
func erasedAmong(ctx context.Context, tx pgx.Tx, project int32, erasure int64, events map[[16]byte][]int64) (ids []int64, err error) {
	hashes := make([][]byte, 0, len(events))
	for hash := range events {
		hashes = append(hashes, hash[:])
	}
	rows, err := tx.Query(ctx, erasedOfSQL, project, erasure, hashes)
	if err != nil {
		return nil, err
	}
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&hash}, func() error { ids = append(ids, events[[16]byte(hash)]...); return nil })
	return ids, err
}

const (
	datesSQL      = `SELECT id, received_ms FROM events WHERE project = $1 AND id > $2 ORDER BY id LIMIT $3`
	deleteUpToSQL = `DELETE FROM events WHERE project = $1 AND id IN (SELECT id FROM events WHERE project = $1 AND id <= $2 ORDER BY id LIMIT $3)`
)

// expire deletes the events that came longer ago than their project keeps them. Profiles and aliases stay: they say who somebody is, not what was done
// when.
func (b *background) expire(ctx context.Context) error {
	if len(b.store.config.Retention) == 0 {
		return nil
	}
	ages := map[int32]time.Duration{}
	var project int32
	var token string
	err := query(ctx, b.store.reserved, []any{&project, &token}, func() {
		age, named := b.store.config.Retention[token]
		if !named {
			age = b.store.config.Retention["*"]
		}
		if age > 0 {
			ages[project] = age
		}
	}, "SELECT id, token FROM projects")
	if err != nil {
		return fmt.Errorf("list the projects: %w", err)
	}
	for project, age := range ages {
		if err := store.Expire(ctx, b.store.config.Now, age, expirable{b.store, project}); err != nil {
			return fmt.Errorf("delete old events: %w", err)
		}
	}
	return nil
}

// expirable are the events of a project.
type expirable struct {
	*Store
	project int32
}

// Dates implements store.Expirable.
func (e expirable) Dates(ctx context.Context, after int64, limit int, yield func(id, receivedMS int64) bool) error {
	var id, receivedMS int64
	ended := false
	return query(ctx, e.reserved, []any{&id, &receivedMS}, func() { ended = ended || !yield(id, receivedMS) }, datesSQL, e.project, after, limit)
}

// DeleteUpTo implements store.Expirable.
func (e expirable) DeleteUpTo(ctx context.Context, id int64, limit int) (deleted int, err error) {
	result, err := e.reserved.Exec(ctx, deleteUpToSQL, e.project, id, limit)
	return int(result.RowsAffected()), err
}
