//go:build unix

package postgres

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/postgres/pgtest"
	"github.com/throughline/throughline/collector/store"
	"github.com/throughline/throughline/collector/storetest"
)

// server is the PostgreSQL of all tests that do not end theirs.
var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(runWithServer(m)) }

func runWithServer(m *testing.M) int {
	folder, err := os.MkdirTemp("", "postgres")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		server, err = pgtest.Start(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	return m.Run()
}

var databases atomic.Int64

// newDatabase makes an empty database and returns its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	name := fmt.Sprint("test", databases.Add(1))
	require.NoError(t, server.CreateDatabase(name))
	return server.DSN(name)
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Kind{Shared: true, New: func(t *testing.T) func(store.Config) (store.Store, error) {
		address := newDatabase(t)
		return func(config store.Config) (store.Store, error) {
			s, err := Open(address, config)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	}})
}
