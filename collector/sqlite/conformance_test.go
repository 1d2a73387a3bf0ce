package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/throughline/throughline/collector/store"
	"github.com/throughline/throughline/collector/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Kind{New: func(t *testing.T) func(store.Config) (store.Store, error) {
		path := filepath.Join(t.TempDir(), "events.db")
		return func(config store.Config) (store.Store, error) {
			s, err := Open(Config{Path: path, OnCommit: config.OnCommit, Committed: config.Committed, Retention: config.Retention, Log: config.Log, Now: config.Now})
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	}})
}
