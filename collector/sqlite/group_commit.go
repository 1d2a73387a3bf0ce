package sqlite

import (
	"sync/atomic"

	"github.com/throughline/throughline/collector/event"
)

// job waits for the writer: a batch, or a task of the collector's own that is part of the same transaction.
type job struct {
	batch   event.Batch
	task    func(*commit) error
	settled atomic.Bool
	done    chan error
}

func newJob(batch event.Batch) *job { return &job{batch: batch, done: make(chan error, 1)} }

// trySettle reports whether the caller decides about the job. The writer and a client that gives up both call it, and only the first one
// wins.
func (j *job) trySettle() bool { return j.settled.CompareAndSwap(false, true) }

// Limits of one commit, so that no request waits long for those before it.
const (
	maxGroupJobs  = 256
	maxGroupBytes = 8 << 20
)

func (s *Store) writeLoop() {
	defer close(s.done)
	failures := failureLog{path: s.config.Path, log: s.config.Log, now: s.config.Now}
	for {
		var first *job
		select {
		case first = <-s.queue:
		case <-s.closing:
			select {
			case first = <-s.queue:
			default:
				return
			}
		}
		if jobs := s.collectJobs(first); len(jobs) > 0 {
			err := s.commit(jobs)
			failures.record(err, len(jobs))
		}
	}
}

// collectJobs returns first and the jobs that arrived while the last commit waited for the disk.
func (s *Store) collectJobs(first *job) []*job {
	var jobs []*job
	size := 0
	for next := first; ; {
		if next.trySettle() {
			jobs = append(jobs, next)
			size += next.batch.Size()
		}
		if len(jobs) >= maxGroupJobs || size >= maxGroupBytes {
			return jobs
		}
		select {
		case next = <-s.queue:
		default:
			return jobs
		}
	}
}

func (s *Store) commit(jobs []*job) error {
	changes, forgets, err := s.writer.insert(jobs, s.config.Now().UnixMilli())
	if err == nil {
		s.config.OnCommit(changes)
	}
	if forgets {
		s.maintenance.wake()
	}
	for _, j := range jobs {
		j.done <- err
	}
	return err
}
