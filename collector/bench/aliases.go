package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/sqlite"
	"github.com/throughline/throughline/collector/store"
)

// aliasesOfCommit is how many aliases are stored at a time.
const aliasesOfCommit = 5000

func deviceOf(n int) string {
	return fmt.Sprintf("$device:%08x-0000-4000-8000-%012d", scatter(uint64(n))>>32, n)
}
func userOf(n int) string { return fmt.Sprintf("user-%016x@example.com", scatter(uint64(n))) }

// fill stores so many visitors of a project, each with one alias.
func fill(path, token string, visitors int) (err error) {
	opened, err := openStore(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	for from := 0; from < visitors; from += aliasesOfCommit {
		var batch event.Batch
		for n := from; n < min(from+aliasesOfCommit, visitors); n++ {
			batch.Events = append(batch.Events, event.Event{
				Token: token, Name: "$create_alias", DistinctID: deviceOf(n), Alias: userOf(n), SentMS: firstMS + int64(n),
				InsertID: fmt.Sprintf("%016x", scatter(uint64(n))), Properties: `{}`,
			})
		}
		if err := opened.Store(context.Background(), batch); err != nil {
			return err
		}
	}
	return nil
}

// openStore opens a file of SQLite, or a PostgreSQL database.
func openStore(db string) (store.Store, error) {
	log, ignore := slog.New(slog.DiscardHandler), func(event.Changes) {}
	if isPostgres(db) {
		return postgres.Open(db, store.Config{Log: log, Now: time.Now, OnCommit: ignore})
	}
	return sqlite.Open(sqlite.Config{Path: db, Log: log, Now: time.Now, OnCommit: ignore})
}

// resolve asks questions of ids each, of visitors of whom so many are stored, and returns how long each took.
func resolve(path, token string, visitors, ids, questions int) ([]time.Duration, error) {
	opened, err := openStore(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	directory := people.NewDirectory(opened.Claims())
	var durations []time.Duration
	for range questions {
		asked, want := make([]string, ids), make([]string, ids)
		for i := range asked {
			n := rand.IntN(visitors)
			asked[i], want[i] = userOf(n), deviceOf(n)
		}
		started := time.Now()
		persons, err := directory.Resolve(context.Background(), token, asked...)
		durations = append(durations, time.Since(started))
		if err != nil {
			return nil, err
		}
		for i, id := range asked {
			if persons.Of(id) != want[i] {
				return nil, fmt.Errorf("%s was resolved to %s instead of %s", id, persons.Of(id), want[i])
			}
		}
	}
	return durations, nil
}
