package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

const (
	// erasedAtOnce is how many ids of a person one transaction deletes: the commits of all collectors wait for it.
	erasedAtOnce = 500
	// lostAtOnce is how many claims that lost one transaction deletes. There may be millions to one id, because anybody can make them.
	lostAtOnce = 5000
	// erasePatience is how long a deletion is tried, failovers included.
	erasePatience = 60 * time.Second
)

const (
	newestEventSQL = `(SELECT coalesce(max(id), 0) FROM events WHERE project = $1)`
	// deleteLostSQL deletes claims that lost. They decide about nobody.
	deleteLostSQL = `DELETE FROM claims WHERE project = $1 AND NOT first AND (distinct_id, alias) IN (
		SELECT distinct_id, alias FROM claims WHERE project = $1 AND NOT first AND (alias = ANY($2::text[]) OR distinct_id = ANY($2::text[])) LIMIT $3)`
	beginErasureSQL  = `INSERT INTO erasures (project, asked_ms, ids, updates, events_to) VALUES ($1, $2, 0, 0, 0) RETURNING id`
	eraseUpdatesSQL  = `DELETE FROM updates WHERE project = $1 AND group_key = '' AND subject = ANY($2::text[])`
	eraseClaimsSQL   = `DELETE FROM claims WHERE project = $1 AND (alias = ANY($2::text[]) OR distinct_id = ANY($2::text[]))`
	noteErasedIDsSQL = `INSERT INTO erased_ids (project, hash, before_ms, erasure) SELECT $1, hash, $2, $3 FROM unnest($4::bytea[]) AS hash
		ON CONFLICT (project, hash) DO UPDATE SET before_ms = excluded.before_ms, erasure = excluded.erasure`
	// noteErasureSQL lets the events be looked through from the beginning: a deletion that breaks off leaves no events behind that nobody could find.
	noteErasureSQL = `UPDATE erasures SET ids = ids + $3, updates = updates + $4, done_ms = 0, events_done = 0, events_to = ` + newestEventSQL + `
		WHERE project = $1 AND id = $2 RETURNING ids, updates`
	countErasureSQL = `UPDATE turn SET erasures = erasures + 1 WHERE one`
	logErasureSQL   = `INSERT INTO log (n, tokens, erased) SELECT nextval('log_numbers'), ARRAY[$1::text], true`
)

// Erase implements store.Eraser. Where nothing is known of the id, that is recorded too. If it fails, what was deleted stays deleted, and it can be
// called again.
func (s *Store) Erase(ctx context.Context, token, id string) (event.Erasure, error) {
	defer s.background.wake()
	ctx, cancel := context.WithTimeout(ctx, erasePatience)
	defer cancel()
	ids, err := store.IDsOfPerson(ctx, s.ReservedClaims(), token, id)
	if err != nil {
		return event.Erasure{}, err
	}
	e, original := &erasing{store: s, token: clean(token)}, ids[0]
	if err := retry(ctx, s.reserved, e.findProject); err != nil {
		return event.Erasure{}, err
	}
	// Aliases go before what they are aliases of, so that those that are left are one person still.
	for ; len(ids) > erasedAtOnce; ids = ids[:len(ids)-erasedAtOnce] {
		last := ids[len(ids)-erasedAtOnce:]
		if err := e.erase(ctx, last, func(pgx.Tx) ([]string, error) { return last, nil }); err != nil {
			return event.Erasure{}, fmt.Errorf("delete some ids of a person: %w", err)
		}
	}
	// Those that came meanwhile too.
	err = e.erase(ctx, ids, func(tx pgx.Tx) ([]string, error) { return store.AllMembers(ctx, claimsIn(tx), token, original) })
	if err != nil {
		return event.Erasure{}, fmt.Errorf("delete a person: %w", err)
	}
	return e.Erasure, nil
}

// erasing is an erasure whose ids are being deleted.
type erasing struct {
	event.Erasure
	store   *Store
	token   string
	project int32
}

func (e *erasing) findProject(ctx context.Context) error {
	conn, err := e.store.reserved.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tokens := map[string]int32{e.token: 0}
	err = e.store.resolveProjects(ctx, conn.Conn(), tokens)
	e.project = tokens[e.token]
	return err
}

// erase deletes ids in one transaction, those that members returns within it; known are about the same.
func (e *erasing) erase(ctx context.Context, known []string, members func(pgx.Tx) ([]string, error)) error {
	if err := e.eraseLost(ctx, known); err != nil {
		return err
	}
	var after event.Erasure
	err := retry(ctx, e.store.reserved, func(ctx context.Context) error {
		after = e.Erasure
		conn, err := e.store.reserved.Acquire(ctx)
		if err != nil {
			return err
		}
		defer conn.Release()
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return e.eraseIn(ctx, tx, members, &after) })
		if err != nil {
			return err
		}
		return checkReplicated(conn.Conn())
	})
	if err == nil {
		e.Erasure = after
		err = e.store.learnErasures(ctx)
	}
	return err
}

func (e *erasing) eraseIn(ctx context.Context, tx pgx.Tx, members func(pgx.Tx) ([]string, error), after *event.Erasure) error {
	if _, err := tx.Exec(ctx, "SELECT FROM turn WHERE one FOR UPDATE"); err != nil {
		return fmt.Errorf("take the turn: %w", err)
	}
	ids, err := members(tx)
	if err != nil {
		return err
	}
	nowMS := e.store.config.Now().UnixMilli()
	if after.ID == 0 {
		after.AskedMS = nowMS
		if err := tx.QueryRow(ctx, beginErasureSQL, e.project, nowMS).Scan(&after.ID); err != nil {
			return fmt.Errorf("record the deletion: %w", err)
		}
	}
	hashes := make([][]byte, len(ids))
	for i, id := range ids {
		hashes[i] = store.HashOf(e.token, clean(id))
	}
	ids = cleanAll(ids)
	updates, err := tx.Exec(ctx, eraseUpdatesSQL, e.project, ids)
	if err != nil {
		return fmt.Errorf("delete updates: %w", err)
	}
	if _, err := tx.Exec(ctx, eraseClaimsSQL, e.project, ids); err != nil {
		return fmt.Errorf("delete claims: %w", err)
	}
	if _, err := tx.Exec(ctx, noteErasedIDsSQL, e.project, nowMS, after.ID, hashes); err != nil {
		return fmt.Errorf("keep hashes: %w", err)
	}
	err = tx.QueryRow(ctx, noteErasureSQL, e.project, after.ID, len(ids), updates.RowsAffected()).Scan(&after.IDs, &after.Updates)
	if err != nil {
		return fmt.Errorf("record the deletion: %w", err)
	}
	if _, err := tx.Exec(ctx, countErasureSQL); err != nil {
		return fmt.Errorf("count the deletion: %w", err)
	}
	if _, err := tx.Exec(ctx, logErasureSQL, e.token); err != nil {
		return fmt.Errorf("log the deletion: %w", err)
	}
	return nil
}

// eraseLost deletes the claims to and by these ids that lost, in transactions of their own, until only few are left.
func (e *erasing) eraseLost(ctx context.Context, ids []string) error {
	for {
		var deleted int64
		err := retry(ctx, e.store.reserved, func(ctx context.Context) error {
			result, err := e.store.reserved.Exec(ctx, deleteLostSQL, e.project, cleanAll(ids), lostAtOnce)
			deleted = result.RowsAffected()
			return err
		})
		if err != nil {
			return fmt.Errorf("delete claims that lost: %w", err)
		}
		if deleted < lostAtOnce {
			return nil
		}
	}
}

// Erasures implements store.Eraser.
func (s *Store) Erasures(ctx context.Context, token string, limit int) ([]event.Erasure, error) {
	list := []event.Erasure{}
	var e event.Erasure
	err := query(ctx, s.readers, []any{&e.ID, &e.AskedMS, &e.DoneMS, &e.IDs, &e.Updates, &e.Events}, func() { list = append(list, e) },
		`SELECT id, asked_ms, done_ms, ids, updates, events FROM erasures WHERE project = `+projectSQL+` ORDER BY id DESC LIMIT $2`, clean(token), limit)
	if err != nil {
		return nil, fmt.Errorf("read the deletions: %w", err)
	}
	return list, nil
}
