package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
)

// A summary is made of a profile's updates once there are this many, or as many bytes, since the last one. A large summary is made of more of them, so
// that an update costs what it weighs and not what the profile does.
const (
	summarizeUpdates = 64
	summarizeBytes   = 256 << 10
	bytesPerUpdate   = 256 // of the last summary, for each update that the next one waits for
)

const (
	// dueSQL returns which of these profiles are due for a summary, except where a $delete still has to be forgotten: what came before it must not be
	// summed up with what came after it.
	dueSQL = `SELECT asked.project, asked.group_key, asked.subject
		FROM unnest($1::int[], $2::text[], $3::text[]) AS asked(project, group_key, subject), LATERAL (
			SELECT count(*) FILTER (WHERE NOT summary) AS updates, coalesce(sum(octet_length(operations)) FILTER (WHERE NOT summary), 0) AS bytes,
				coalesce(sum(octet_length(operations)) FILTER (WHERE summary), 0) AS summary_bytes
			FROM updates AS u WHERE u.project = asked.project AND u.group_key = asked.group_key AND u.subject = asked.subject) AS held
		WHERE (updates >= greatest($4, summary_bytes / $5) OR bytes >= greatest($6, summary_bytes))
			AND NOT EXISTS (SELECT FROM updates AS f WHERE f.project = asked.project AND f.forget > 0)`
	subjectSQL        = `SELECT id, operations, summary FROM updates WHERE project = $1 AND group_key = $2 AND subject = $3 ORDER BY id FOR UPDATE`
	forgettingSQL     = `SELECT EXISTS (SELECT FROM updates WHERE project = $1 AND forget > 0)`
	summarizeSQL      = `UPDATE updates SET operations = $5, summary = true WHERE project = $1 AND group_key = $2 AND subject = $3 AND id = $4`
	dropSummarizedSQL = `DELETE FROM updates WHERE project = $1 AND group_key = $2 AND subject = $3 AND id < $4`

	pendingForgetSQL = `SELECT u.forget, u.project, p.token, u.subject FROM updates AS u JOIN projects AS p ON p.id = u.project
		WHERE u.forget > 0 ORDER BY u.id LIMIT 1 FOR UPDATE OF u SKIP LOCKED`
	forgetBeforeSQL = `DELETE FROM updates WHERE project = $1 AND group_key = '' AND subject = ANY($2::text[]) AND id < $3`
	// summariesSQL finds summaries that may also have what was before.
	summariesSQL = `SELECT id, subject, operations FROM updates
		WHERE project = $1 AND group_key = '' AND subject = ANY($2::text[]) AND id > $3 AND summary ORDER BY subject, id FOR UPDATE`
	rewriteSQL   = `UPDATE updates SET operations = $4 WHERE project = $1 AND group_key = '' AND subject = $2 AND id = $3`
	forgottenSQL = `UPDATE updates SET forget = 0 WHERE project = $1 AND group_key = '' AND subject = $2 AND forget = $3`
)

// summarizeProfiles makes summaries of the profiles that this collector has updated, where they are due.
func (b *background) summarizeProfiles(ctx context.Context) error {
	var projects []int32
	var groupKeys, ids []string
	for s := range b.takeTouched() {
		projects, groupKeys, ids = append(projects, s.project), append(groupKeys, s.groupKey), append(ids, s.id)
	}
	if len(projects) == 0 {
		return nil
	}
	var due []subject
	var s subject
	err := query(ctx, b.store.reserved, []any{&s.project, &s.groupKey, &s.id}, func() { due = append(due, s) },
		dueSQL, projects, groupKeys, ids, summarizeUpdates, bytesPerUpdate, summarizeBytes)
	if err != nil {
		return fmt.Errorf("look for profiles: %w", err)
	}
	for _, s := range due {
		err := pgx.BeginFunc(ctx, b.store.reserved, func(tx pgx.Tx) error { return summarize(ctx, tx, s) })
		if err != nil {
			return fmt.Errorf("summarize a profile: %w", err)
		}
	}
	return nil
}

// summarize replaces the updates of a profile by a summary in the place of the last one. Ids of updates grow in the order of commits, so that nothing
// is added before that place any more.
func summarize(ctx context.Context, tx pgx.Tx, s subject) error {
	rows, err := tx.Query(ctx, subjectSQL, s.project, s.groupKey, s.id)
	if err != nil {
		return err
	}
	summary, last := people.NewSummary(), int64(0)
	var u people.Update
	_, err = pgx.ForEachRow(rows, []any{&u.At, &u.Operations, &u.IsSummary}, func() error {
		last = u.At
		return summary.ApplyUpdate(u)
	})
	if err != nil {
		return err
	}
	// A $delete that is older than one of these updates is visible now, or was forgotten before they were read.
	var forgetting bool
	if err := tx.QueryRow(ctx, forgettingSQL, s.project).Scan(&forgetting); err != nil || forgetting || last == 0 {
		return err
	}
	text, err := summary.Summary()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, summarizeSQL, s.project, s.groupKey, s.id, last, clean(text)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, dropSummarizedSQL, s.project, s.groupKey, s.id, last)
	return err
}

// forgottenAtOnce is how many profiles are forgotten before other work has its turn: anybody can send $delete without end.
const forgottenAtOnce = 100

// forgetProfiles deletes what the other ids of a person had in their profile when a $delete came for one of them. A reader of all of them does not see
// it any more, but it is there.
func (b *background) forgetProfiles(ctx context.Context) error {
	for range forgottenAtOnce {
		found := false
		err := pgx.BeginFunc(ctx, b.store.reserved, func(tx pgx.Tx) (err error) {
			found, err = b.forgetNext(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("forget a profile: %w", err)
		}
		if !found {
			return nil
		}
	}
	b.wake()
	return nil
}

func (b *background) forgetNext(ctx context.Context, tx pgx.Tx) (found bool, err error) {
	var at int64
	var project int32
	var token, id string
	err = tx.QueryRow(ctx, pendingForgetSQL).Scan(&at, &project, &token, &id)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ids, err := store.IDsOfPerson(ctx, claimsIn(tx), token, id)
	if err != nil {
		return false, err
	}
	for len(ids) > 0 {
		some := ids[:min(len(ids), people.MaxPageIDs)]
		ids = ids[len(some):]
		if err := forgetBefore(ctx, tx, project, some, at); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, forgottenSQL, project, id, at)
	return true, err
}

// forgetBefore deletes the updates of these ids before that one, also out of summaries.
func forgetBefore(ctx context.Context, tx pgx.Tx, project int32, ids []string, at int64) error {
	if _, err := tx.Exec(ctx, forgetBeforeSQL, project, ids, at); err != nil {
		return err
	}
	type summary struct {
		id            int64
		subject, text string
	}
	rows, err := tx.Query(ctx, summariesSQL, project, ids, at)
	if err != nil {
		return err
	}
	summaries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s summary, err error) {
		return s, row.Scan(&s.id, &s.subject, &s.text)
	})
	if err != nil {
		return err
	}
	for _, s := range summaries {
		rest, err := people.ForgetBefore(s.text, at)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, rewriteSQL, project, s.subject, s.id, rest); err != nil {
			return err
		}
	}
	return nil
}
