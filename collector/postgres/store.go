// Package postgres stores events, claims and profile updates in a PostgreSQL database that any number of collectors share. A collector keeps nothing of
// the database in memory but the numbers of projects: whatever is asked is asked of the database, so that all collectors answer the same.
//
// A commit is one round trip. Its first statement locks the one row of the table turn, gives ids, and adds the events that are not there yet and a row
// of the log. The lock is held until the commit is durable, so that ids grow in the order of commits, of all collectors, and the claims that
// are added next see every claim that was accepted before. Read Store first, then commit.go and insert.go.
package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/groupcommit"
	"github.com/throughline/throughline/collector/store"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	config store.Config
	// writers commit; readers serve those who read; reserved is for what must not wait for readers.
	writers, readers, reserved *pgxpool.Pool
	queue                      *groupcommit.Queue[struct{}]
	failures                   groupcommit.FailureLog
	projects                   *projects
	erasures                   atomic.Int64 // how many deletions of persons this collector knows of
	background                 *background
}

// Sizes of the pools. There is one writer: with two, half as many requests share a commit, and each would wait for the other's turn.
const (
	writerConns   = 1
	readerConns   = 8
	reservedConns = 4
)

// gathering lets a commit have more events where several collectors share the work: each commit takes about as much of the processor as fifty events.
var gathering = groupcommit.Gathering{AtMost: 12 * time.Millisecond, Bytes: 384 << 10}

// IsAddress reports whether a text is the address of a PostgreSQL database, and not the name of a file.
func IsAddress(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// openTimeout is how long connecting to the database may take, a failover that is under way included, and as long again what comes after a migration.
// A variable, for tests.
var openTimeout = 30 * time.Second

// Open opens the database at an address such as postgres://user@host1,host2/name, and creates or migrates its tables if necessary.
func Open(address string, config store.Config) (_ *Store, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	s := &Store{config: config, projects: newProjects(), failures: groupcommit.FailureLog{Log: config.Log, Now: config.Now}}
	defer func() {
		if err != nil {
			s.closePools()
			err = fmt.Errorf("open the PostgreSQL database: %w", err)
		}
	}()
	for _, p := range []struct {
		to   **pgxpool.Pool
		size int32
	}{{&s.writers, writerConns}, {&s.readers, readerConns}, {&s.reserved, reservedConns}} {
		if *p.to, err = newPool(ctx, address, p.size); err != nil {
			return nil, err
		}
	}
	attempts := 0
	err = retry(ctx, s.reserved, func(ctx context.Context) error {
		err := s.prepare(ctx)
		if attempts++; attempts == 1 && err != nil && isTransient(err) {
			config.Log.Warn("the database cannot be used yet", "error", err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.background = newBackground(s)
	startCtx, cancelStart := context.WithTimeout(context.Background(), openTimeout)
	defer cancelStart()
	if err := s.background.start(startCtx); err != nil {
		return nil, err
	}
	s.queue = groupcommit.New(gathering, s.commit)
	return s, nil
}

// prepare migrates the tables, and looks at what the database is set up to keep.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkEncoding(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, s.reserved, s.config.Log); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTimeout)
	defer cancel()
	if err := s.checkDurability(ctx); err != nil {
		return err
	}
	return s.learnErasures(ctx)
}

// checkEncoding refuses a database that cannot hold every text: a commit with one that it does not know would fail for ever. One that takes bytes
// as they are (SQL_ASCII) keeps them.
func (s *Store) checkEncoding(ctx context.Context) error {
	var encoding string
	if err := s.reserved.QueryRow(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return fmt.Errorf("ask for the encoding: %w", err)
	}
	if encoding != "UTF8" && encoding != "SQL_ASCII" {
		return fmt.Errorf("its encoding is %s, which does not have every character: make one with createdb --encoding UTF8 --template template0", encoding)
	}
	return nil
}

// checkDurability warns of what the database is set up to lose.
func (s *Store) checkDurability(ctx context.Context) error {
	var fsync, standbys string
	err := s.reserved.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_standby_names')").Scan(&fsync, &standbys)
	if err != nil {
		return fmt.Errorf("ask how durable commits are: %w", err)
	}
	if fsync == "off" {
		s.config.Log.Warn("fsync is off in PostgreSQL: a power cut can damage the whole database")
	}
	if hosts := s.reserved.Config().ConnConfig.Fallbacks; standbys == "" && hasOtherHost(s.reserved.Config().ConnConfig.Host, hosts) {
		s.config.Log.Warn("several hosts are named, but the primary waits for no standby (synchronous_standby_names is empty): a failover can lose events that were acknowledged")
	}
	return nil
}

// learnErasures asks how many persons were deleted so far: with that number commits know which deletions they have to respect.
func (s *Store) learnErasures(ctx context.Context) error {
	var erasures int64
	if err := s.reserved.QueryRow(ctx, "SELECT erasures FROM turn WHERE one").Scan(&erasures); err != nil {
		return fmt.Errorf("ask for deletions: %w", err)
	}
	s.erasures.Store(erasures)
	return nil
}

// Store implements store.Writer. A batch is stored when the primary, and the standbys that it is set up to wait for, have it on disk.
func (s *Store) Store(ctx context.Context, batch event.Batch) error {
	return s.queue.Do(ctx, batch, struct{}{})
}

// Ready implements store.Writer. It commits by a connection of its own: the writers may be waiting for a failover, longer than whoever asks does.
func (s *Store) Ready(ctx context.Context) error {
	return s.reserved.AcquireFunc(ctx, func(pooled *pgxpool.Conn) error {
		if _, err := pooled.Exec(ctx, logSQL, s.erasures.Load()); err != nil {
			return fmt.Errorf("commit nothing: %w", err)
		}
		return checkReplicated(pooled.Conn())
	})
}

// Close commits what has been queued, then closes the connections.
func (s *Store) Close() error {
	s.queue.Close()
	s.background.stop()
	s.closePools()
	return nil
}

func (s *Store) closePools() {
	for _, pool := range []*pgxpool.Pool{s.writers, s.readers, s.reserved} {
		if pool != nil {
			pool.Close()
		}
	}
}
