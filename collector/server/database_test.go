package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/postgres/pgtest"
)

// These tests run on SQLite. With THROUGHLINE_TEST_DB=postgres they run on a PostgreSQL that they start.
var postgres *pgtest.Server

func TestMain(m *testing.M) { os.Exit(runWithDatabase(m)) }

func runWithDatabase(m *testing.M) int {
	if os.Getenv("THROUGHLINE_TEST_DB") != "postgres" {
		return m.Run()
	}
	folder, err := os.MkdirTemp("", "postgres")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		postgres, err = pgtest.Start(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer postgres.Stop()
	return m.Run()
}

var databases atomic.Int64

// newDatabase returns a database for one test.
func newDatabase(t testing.TB) string {
	t.Helper()
	if postgres == nil {
		return filepath.Join(t.TempDir(), "events.db")
	}
	name := fmt.Sprint("test", databases.Add(1))
	require.NoError(t, postgres.CreateDatabase(name))
	return postgres.DSN(name)
}
