//go:build unix

package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/postgres/pgtest"
)

// servePostgres runs a PostgreSQL server with an empty database until standard input ends, and prints its address and process id. with a standby, the
// server waits for one at each commit.
func servePostgres(standby bool) (err error) {
	folders := make([]string, 2)
	for i := range folders {
		if folders[i], err = os.MkdirTemp("", "throughline-postgres-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folders[i]) }()
	}
	server, err := pgtest.Start(folders[0])
	if err != nil {
		return err
	}
	defer server.Stop()
	if standby {
		second, err := server.Standby(folders[1], "standby")
		if err != nil {
			return err
		}
		defer second.Stop()
		for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()::text"} {
			if _, err := server.Query("postgres", sql); err != nil {
				return err
			}
		}
	}
	if err := server.CreateDatabase("bench"); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"db": server.DSN("bench"), "pid": server.PID()}); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended <- os.Interrupt
	}()
	<-ended
	return nil
}

// insertSQL adds the same rows as the collector does, without its order of commits.
const insertSQL = `INSERT INTO events (project, id, key, sent_ms, clock_ms, received_ms, event, distinct_id, insert_id, alias, properties)
	SELECT 1, id, key, ms, 0, ms, $1, distinct_id, insert_id, '', properties
	FROM (SELECT unnest($2::bigint[]) AS id, unnest($3::uuid[]) AS key, unnest($4::bigint[]) AS ms, unnest($5::text[]) AS distinct_id,
		unnest($6::text[]) AS insert_id, unnest($7::text[]) AS properties) AS e
	ON CONFLICT (key, project) DO NOTHING`

// insertLoopPostgres is insertLoop for PostgreSQL, in two connections at once: a server does not work while the client builds a statement.
func insertLoopPostgres(address string, events, batch int) (total time.Duration, durations []time.Duration, err error) {
	// The collector creates the tables, so that they are the same.
	store, err := openStore(address)
	if err != nil {
		return 0, nil, err
	}
	if err := store.Close(); err != nil {
		return 0, nil, err
	}
	const connections = 2
	var mutex sync.Mutex
	var errs error
	work := make(chan int, events/batch+1)
	for from := 0; from < events; from += batch {
		work <- from
	}
	close(work)
	var group sync.WaitGroup
	started := time.Now()
	for range connections {
		group.Go(func() {
			conn, err := pgx.Connect(context.Background(), address)
			if err == nil {
				defer func() { _ = conn.Close(context.Background()) }()
			}
			for from := range work {
				if err != nil {
					break
				}
				begun := time.Now()
				err = insertPostgres(conn, from, min(from+batch, events))
				mutex.Lock()
				durations = append(durations, time.Since(begun))
				mutex.Unlock()
			}
			mutex.Lock()
			defer mutex.Unlock()
			errs = errors.Join(errs, err)
		})
	}
	group.Wait()
	return time.Since(started), durations, errs
}

func insertPostgres(conn *pgx.Conn, from, to int) error {
	var ids, times []int64
	var keys [][16]byte
	var distinctIDs, insertIDs, properties []string
	for n := from; n < to; n++ {
		r := newRow(n, "bench")
		var key [16]byte
		binary.BigEndian.PutUint64(key[:], uint64(r.ms)<<16)
		binary.BigEndian.PutUint64(key[6:], scatter(uint64(n)))
		ids, times, keys = append(ids, int64(n+1)), append(times, r.ms), append(keys, key)
		distinctIDs, insertIDs, properties = append(distinctIDs, r.distinctID), append(insertIDs, r.insertID), append(properties, r.properties)
	}
	if _, err := conn.Exec(context.Background(), insertSQL, eventName, ids, keys, times, distinctIDs, insertIDs, properties); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

func isPostgres(db string) bool { return postgres.IsAddress(db) }
