package sqlite

import (
	"time"

	"github.com/throughline/throughline/collector/groupcommit"
)

// task is part of a transaction: what the collector itself wants of the database.
type task func(*commit) error

type job = groupcommit.Job[task]

// commit stores the jobs' batches in one transaction, and runs their tasks in it.
func (s *Store) commit(jobs []*job) error {
	began := time.Now()
	done, err := s.writer.insert(jobs, s.config.Now().UnixMilli())
	if err == nil {
		done.counts.Took = time.Since(began)
		s.config.OnCommit(done.changes)
		if s.config.Committed != nil {
			s.config.Committed(done.counts)
		}
	}
	if done.forgets {
		s.maintenance.wake()
	}
	s.failures.Record(err, len(jobs))
	return err
}

// failureAttrs is what is logged when nothing can be stored.
func (s *Store) failureAttrs() []any {
	if bytes, known := freeSpace(s.config.Path); known {
		return []any{"bytes_free_on_disk", bytes}
	}
	return nil
}
