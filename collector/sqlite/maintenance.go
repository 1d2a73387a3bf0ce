package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// maintenance deletes what is to be deleted and looks for damage, in steps that are short enough for batches to be stored between them.
type maintenance struct {
	store   *Store
	uri     string
	work    chan struct{} // has a value when there may be something to do at once
	ctx     context.Context
	cancel  context.CancelFunc
	stopped sync.WaitGroup
}

// retentionInterval is how often events are looked for that are too old.
const retentionInterval = time.Hour

func newMaintenance(s *Store, uri string) *maintenance {
	m := &maintenance{store: s, uri: uri, work: make(chan struct{}, 1)}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

func (m *maintenance) start() {
	m.wake()
	m.stopped.Go(m.loop)
	if m.store.config.CheckInterval > 0 {
		m.stopped.Go(m.checkLoop)
	}
}

func (m *maintenance) stop() {
	m.cancel()
	m.stopped.Wait()
}

func (m *maintenance) wake() {
	select {
	case m.work <- struct{}{}:
	default: // It will look anyway.
	}
}

func (m *maintenance) loop() {
	ticker := time.NewTicker(retentionInterval)
	defer ticker.Stop()
	for {
		select {
		case <-m.work:
		case <-ticker.C:
		case <-m.ctx.Done():
			return
		}
		for _, step := range []struct {
			what string
			run  func() error
		}{
			{"deleted profiles were not forgotten yet", m.forgetProfiles},
			{"deleted persons' events were not deleted yet", m.finishErasures},
			{"old events were not deleted yet", m.expire},
		} {
			if err := step.run(); err != nil && m.ctx.Err() == nil {
				m.store.config.Log.Error(step.what, "error", err)
			}
		}
	}
}

func (m *maintenance) checkLoop() {
	ticker := time.NewTicker(m.store.config.CheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-m.ctx.Done():
			return
		}
		err := m.store.writer.files.check() // as in readerPool
		if err == nil {
			err = check(m.ctx, m.uri)
		}
		if err != nil && m.ctx.Err() == nil {
			m.store.config.Log.Error("the database was checked", "error", err)
		}
	}
}

// emptyLog copies the log into the database, so that what was deleted is overwritten there too. Readers of an older state can prevent it; then
// the next commits do it.
func (m *maintenance) emptyLog() error {
	if err := m.store.writer.files.check(); err != nil { // as in readerPool
		return err
	}
	conn, err := connect(m.uri, "PRAGMA busy_timeout = 2000")
	if err != nil {
		return fmt.Errorf("open a connection: %w", err)
	}
	defer func() { _ = disconnect(conn) }()
	if err := conn.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	return nil
}
