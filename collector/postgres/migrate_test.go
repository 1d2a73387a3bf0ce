//go:build unix

package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

// databaseOfVersion1 makes a database as the first release left it.
func databaseOfVersion1(t *testing.T) (address string) {
	t.Helper()
	address = newDatabase(t)
	script, err := migrations.ReadFile("migrations/1.sql")
	require.NoError(t, err)
	execute(t, address, versionTableSQL, string(script), "INSERT INTO throughline_schema (version) VALUES (1)")
	return address
}

const eventSQL = `INSERT INTO events (project, id, key, sent_ms, clock_ms, received_ms, event, distinct_id, insert_id, alias, properties)
	VALUES (1, %[1]d, ('00000000-0000-0000-0000-' || lpad('%[1]d', 12, '0'))::uuid, 1, 0, 1, 'E', 'd', 'i', '', '{}')`

// A migration that has to wait for a transaction of another program does not let the collectors that run wait with it, says why it waits, and goes
// through when that transaction has ended.
func TestMigrationBehindALongTransaction(t *testing.T) {
	address := databaseOfVersion1(t)
	ctx := context.Background()
	other, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer func() { assert.NoError(t, other.Close(ctx)) }()
	tx, err := other.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, fmt.Sprintf(eventSQL, 1))
	require.NoError(t, err)

	shortly(t, 4*time.Second)
	opened := make(chan error, 1)
	go func() { opened <- openStoreAndClose(address) }()
	for id := 2; ; id++ {
		select {
		case err := <-opened:
			require.ErrorIs(t, err, errTablesInUse)
			require.NoError(t, tx.Rollback(ctx))
			require.NoError(t, openStoreAndClose(address))
			return
		default: // What another collector commits fails with this if it would wait until the migration gives up.
			execute(t, address, "SET statement_timeout = 2500", fmt.Sprintf(eventSQL, id))
		}
	}
}

// shortly lets opening a database give up earlier.
func shortly(t *testing.T, timeout time.Duration) {
	t.Helper()
	before := openTimeout
	openTimeout = timeout
	t.Cleanup(func() { openTimeout = before })
}

// A migration may take longer than connecting may, and than statements may.
func TestMigrationTakesItsTime(t *testing.T) {
	address := databaseOfVersion1(t)
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	execute(t, address, `CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2.5); END'`,
		`CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION slow()`,
		fmt.Sprintf("ALTER DATABASE %s SET statement_timeout = 2000", config.Database))
	shortly(t, 1500*time.Millisecond)
	require.NoError(t, openStoreAndClose(address))
}

// Every table that the scripts create is one by which a database of another program is known.
func TestForeignTables(t *testing.T) {
	address := newDatabase(t)
	require.NoError(t, openStoreAndClose(address))
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	rows, err := conn.Query(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
		AND relname <> 'throughline_schema' AND relname NOT LIKE '%\_id\_seq'`)
	require.NoError(t, err)
	created, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	assert.ElementsMatch(t, created, relations)

	foreign := newDatabase(t)
	execute(t, foreign, "CREATE TABLE claims (id int)")
	require.ErrorIs(t, openStoreAndClose(foreign), errForeign)
}

// A database that does not have every character is refused; in one that takes bytes as they are, and for a user with an encoding of their own, texts
// come back as they were, and persons are deleted with all events.
func TestEncodings(t *testing.T) {
	for encoding, refused := range map[string]bool{"LATIN1": true, "EUC_JP": true, "SQL_ASCII": false, "UTF8": false} {
		name := fmt.Sprint("encoding_", databases.Add(1))
		execute(t, server.DSN("postgres"), fmt.Sprintf("CREATE DATABASE %s ENCODING '%s' TEMPLATE template0 LOCALE 'C'", name, encoding))
		address := server.DSN(name)
		if refused {
			require.ErrorContains(t, openStoreAndClose(address), "its encoding is "+encoding)
			continue
		}
		if encoding == "UTF8" {
			execute(t, address, fmt.Sprintf("ALTER DATABASE %s SET client_encoding = 'LATIN1'", name))
		}
		s := openStore(t, address)
		const id = "Jürgen 日本 😀"
		require.NoError(t, s.Store(t.Context(), event.Batch{Events: []event.Event{
			{Token: "t", Name: "é", DistinctID: id, InsertID: "1", SentMS: 1, Properties: `{"a":"ü"}`},
			{Token: "t", Name: "é", DistinctID: "d", InsertID: "2", SentMS: 1, Properties: `{"a":"ü"}`},
		}}))
		events, err := s.After(t.Context(), "t", 0, 10)
		require.NoError(t, err)
		require.Len(t, events, 2)
		assert.Equal(t, [3]string{id, "é", `{"a":"ü"}`}, [3]string{events[0].DistinctID, events[0].Name, events[0].Properties})
		assert.Equal(t, id, askedOf(t, address+"&client_encoding=UTF8", "SELECT person FROM events_resolved ORDER BY id LIMIT 1"), "for whoever reads with SQL")
		_, err = s.Erase(t.Context(), "t", id)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(stored(t, s)) == 1 }, 10*time.Second, 10*time.Millisecond, encoding)
	}
}

// askedOf returns the one text that a query answers with.
func askedOf(t *testing.T, address, sql string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&text))
	return text
}

// Nothing is used that other databases which speak PostgreSQL's protocol do not have, or do another way.
func TestPortableStatements(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)\b(ctid|xmin|xmax|convert_to|pg_advisory\w*|txid_\w+|pg_current_\w+|LISTEN|NOTIFY|CREATE (FUNCTION|TRIGGER|EXTENSION)|REFERENCES)\b|\bsha256\(`)
	var sources []string
	for _, pattern := range []string{"*.go", "migrations/*.sql"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		sources = append(sources, found...)
	}
	for _, name := range sources {
		if matched, _ := filepath.Match("*_test.go", name); matched {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Empty(t, foreign.FindString(string(text)), name)
	}
}
