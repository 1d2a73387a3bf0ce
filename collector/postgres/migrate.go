package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// migrations has one script for each version of the schema: 1.sql creates version 1, the others upgrade from the version before, while collectors of
// that version may be running: they only add. Scripts that were released never change.
//
//go:embed migrations/*.sql
var migrations embed.FS

// latestSchema is the newest schema that this program knows.
const latestSchema = 2

// errForeign is returned for a database with tables of another program, which is left untouched.
var errForeign = errors.New("it has tables of another program: give the collector a database of its own")

const (
	versionTableSQL = `CREATE TABLE IF NOT EXISTS throughline_schema (one boolean PRIMARY KEY DEFAULT true CHECK (one), version int NOT NULL)`
	versionRowSQL   = `INSERT INTO throughline_schema (version) VALUES (0) ON CONFLICT DO NOTHING`
	foreignSQL      = `SELECT to_regclass('throughline_schema') IS NULL AND EXISTS (SELECT FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL)`
)

// relations are all that the scripts create, indexes excepted.
var relations = []string{
	"projects", "turn", "event_ids", "update_ids", "log_numbers", "events", "claims", "updates", "log", "erasures", "erased_ids", "events_resolved",
}

// Whoever waits for a lock on a table keeps those waiting who come afterwards, and they may be collectors that run. So a migration gives up soon where
// somebody else's transaction has a table, and is tried again. What it then does takes as long as it takes, whatever the user or the database has set.
const (
	migrationSettings = `SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = 0`
	lockNotAvailable  = "55P03"
)

// errTablesInUse is returned where a migration did not get its locks.
var errTablesInUse = errors.New("another program has a transaction open that uses the tables, and they have to be migrated: end it")

// migrate upgrades the tables to latestSchema. Of many collectors that start at once one does it, and the others wait for it.
func migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	var foreign bool
	if err := pool.QueryRow(ctx, foreignSQL, relations).Scan(&foreign); err != nil {
		return fmt.Errorf("look at the tables: %w", err)
	}
	if foreign {
		return errForeign
	}
	for _, sql := range []string{versionTableSQL, versionRowSQL} {
		if _, err := pool.Exec(ctx, sql); err != nil && !isCreatedMeanwhile(err) {
			return fmt.Errorf("create the table of versions: %w", err)
		}
	}
	// The time of the scripts does not count as that of connecting: with many events an index takes minutes.
	patient := context.WithoutCancel(ctx)
	return pgx.BeginFunc(patient, pool, func(tx pgx.Tx) error {
		var current int
		if err := tx.QueryRow(ctx, "SELECT version FROM throughline_schema WHERE one").Scan(&current); err != nil {
			return fmt.Errorf("ask for the version of the schema: %w", err)
		}
		if current == latestSchema {
			return nil // Nothing is locked where there is nothing to do.
		}
		if err := tx.QueryRow(ctx, "SELECT version FROM throughline_schema WHERE one FOR UPDATE").Scan(&current); err != nil {
			return fmt.Errorf("lock the version of the schema: %w", err)
		}
		if current > latestSchema {
			return fmt.Errorf("its schema is version %d, and this collector knows up to %d: it was written by a newer one", current, latestSchema)
		}
		if current > 0 {
			log.Info("the tables are being migrated", "from", current, "to", latestSchema)
		}
		return runScripts(patient, tx, current)
	})
}

// runScripts upgrades the tables from a version.
func runScripts(ctx context.Context, tx pgx.Tx, current int) error {
	if _, err := tx.Exec(ctx, migrationSettings); err != nil {
		return fmt.Errorf("set up the migration: %w", err)
	}
	for next := current + 1; next <= latestSchema; next++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%d.sql", next))
		if err != nil {
			return fmt.Errorf("find migration %d: %w", next, err)
		}
		switch _, err := tx.Exec(ctx, string(script)); {
		case codeOf(err) == lockNotAvailable:
			return fmt.Errorf("migrate to version %d: %w (%w)", next, errTablesInUse, err)
		case err != nil:
			return fmt.Errorf("migrate to version %d: %w", next, err)
		}
	}
	_, err := tx.Exec(ctx, "UPDATE throughline_schema SET version = $1 WHERE one", latestSchema)
	return err
}

// isCreatedMeanwhile reports whether creating a table failed because another collector was creating it at the same moment: IF NOT EXISTS does not
// prevent that.
func isCreatedMeanwhile(err error) bool {
	code := codeOf(err)
	return code == "23505" || code == "42P07" || code == "42710"
}
