package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/groupcommit"
	"github.com/throughline/throughline/identity"
)

type job = groupcommit.Job[struct{}]

const (
	// commitPatience is how long a commit is tried, failovers included: less than a client is kept waiting.
	commitPatience = 9 * time.Second
	// attemptTimeout is how long one attempt may take. A server that answers nothing is taken for dead.
	attemptTimeout = 8 * time.Second
)

// errDeletedMeanwhile is returned where a person was deleted that the commit had not heard of: it did nothing.
var errDeletedMeanwhile = errors.New("a person was deleted meanwhile")

// commit stores the jobs' batches in one transaction. If one of them cannot be stored at all, it harms only itself.
func (s *Store) commit(jobs []*job) error {
	batches := make([]event.Batch, len(jobs))
	for i, j := range jobs {
		batches[i] = j.Batch
	}
	began := time.Now()
	done, err := s.insertPatiently(batches)
	if err != nil && isOfData(err) && len(jobs) > 1 {
		for _, j := range jobs {
			j.Answer(s.commit([]*job{j}))
		}
		return nil
	}
	if err == nil {
		s.config.OnCommit(done.changes)
		if s.config.Committed != nil {
			done.counts.Took = time.Since(began)
			s.config.Committed(done.counts)
		}
	}
	s.failures.Record(err, len(jobs))
	return err
}

// committed is what a transaction did.
type committed struct {
	changes event.Changes
	counts  event.Commit // Events of deleted persons count as duplicates: the database tells only how many it has added.
}

// insertPatiently tries a commit again while the database may come back. What an attempt has stored, of which nobody heard, the next one finds there.
func (s *Store) insertPatiently(batches []event.Batch) (done committed, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
	defer cancel()
	err = retry(ctx, s.writers, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
		defer cancel()
		done, err = s.insert(ctx, batches)
		switch {
		case errors.Is(err, errDeletedMeanwhile):
			return errors.Join(err, s.learnErasures(ctx))
		case err != nil && !isOfData(err):
			s.projects.forget()
		}
		return err
	})
	return done, err
}

// insert stores batches in one transaction.
func (s *Store) insert(ctx context.Context, batches []event.Batch) (committed, error) {
	var done committed
	err := s.writers.AcquireFunc(ctx, func(pooled *pgxpool.Conn) (err error) {
		conn := pooled.Conn()
		done, err = s.insertWith(ctx, conn, batches)
		if err == nil {
			err = checkReplicated(conn)
		}
		return err
	})
	return done, err
}

func (s *Store) insertWith(ctx context.Context, conn *pgx.Conn, batches []event.Batch) (done committed, err error) {
	tokens := map[string]int32{}
	for _, b := range batches {
		for i := range b.Events {
			tokens[clean(b.Events[i].Token)] = 0
		}
		for i := range b.Updates {
			tokens[clean(b.Updates[i].Token)] = 0
		}
	}
	if err := s.resolveProjects(ctx, conn, tokens); err != nil {
		return done, err
	}
	r := newRows(batches, tokens, s.erasures.Load(), s.config.Now().UnixMilli())
	statements := &pgx.Batch{}
	r.queue(statements)
	results := conn.SendBatch(ctx, statements)
	done, err = r.read(results)
	// The transaction is committed when Close returns nil.
	if err = errors.Join(err, results.Close()); err == nil {
		s.background.noteUpdates(&r.updates)
	}
	return done, err
}

// read reads what the statements of the commit return.
func (r *rows) read(results pgx.BatchResults) (done committed, err error) {
	changes, counts := &done.changes, &done.counts
	if err := results.QueryRow().Scan(&changes.Tokens, &counts.Events); errors.Is(err, pgx.ErrNoRows) {
		return done, errDeletedMeanwhile
	} else if err != nil {
		return done, fmt.Errorf("insert events: %w", err)
	}
	counts.Duplicates, counts.Updates = len(r.events.projects)-counts.Events, len(r.updates.projects)
	if len(r.claims.places) > 0 {
		if changes.Claims, err = readClaims(results, r.tokenOf); err != nil {
			return done, fmt.Errorf("insert claims: %w", err)
		}
	}
	return done, nil
}

// readClaims reads the claims that a commit added.
func readClaims(results pgx.BatchResults, tokenOf map[int32]string) ([]event.Claim, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	var claims []event.Claim
	var project int32
	var c identity.Claim
	_, err = pgx.ForEachRow(rows, []any{&project, &c.Seq, &c.Alias, &c.DistinctID, &c.TimeMS, &c.InsertID}, func() error {
		claims = append(claims, event.Claim{Token: tokenOf[project], Claim: c})
		return nil
	})
	return claims, err
}
