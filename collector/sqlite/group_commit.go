package sqlite

import (
	"sync/atomic"
	"time"

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
	// largeJob is from how many bytes a job is committed by itself. Between two of them the small ones have their turn, so that somebody who
	// imports much, or attacks, keeps pages waiting for one large commit and not for all of them.
	largeJob = 1 << 20
)

// queueFor returns the queue for a job.
func (s *Store) queueFor(j *job) chan *job {
	if j.batch.Size() >= largeJob {
		return s.largeQueue
	}
	return s.queue
}

func (s *Store) writeLoop() {
	defer close(s.done)
	failures := failureLog{path: s.config.Path, log: s.config.Log, now: s.config.Now}
	commit := func(jobs []*job) {
		if len(jobs) > 0 {
			failures.record(s.commit(jobs), len(jobs))
		}
	}
	for {
		var small, large *job
		select {
		case small = <-s.queue:
		case large = <-s.largeQueue:
		case <-s.closing:
			if small, large = s.poll(s.queue), s.poll(s.largeQueue); small == nil && large == nil {
				return
			}
		}
		if small == nil {
			small = s.poll(s.queue)
		}
		if small != nil {
			commit(s.collectJobs(small))
		}
		if large == nil {
			large = s.poll(s.largeQueue)
		}
		if large != nil && large.trySettle() {
			commit([]*job{large})
		}
	}
}

// poll returns the next job of a queue, nil if there is none.
func (s *Store) poll(queue chan *job) *job {
	select {
	case j := <-queue:
		return j
	default:
		return nil
	}
}

// collectJobs returns first and the small jobs that arrived while the last commit waited for the disk.
func (s *Store) collectJobs(first *job) []*job {
	var jobs []*job
	size := 0
	for next := first; next != nil; next = s.poll(s.queue) {
		if next.trySettle() {
			jobs = append(jobs, next)
			size += next.batch.Size()
		}
		if len(jobs) >= maxGroupJobs || size >= maxGroupBytes {
			break
		}
	}
	return jobs
}

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
	for _, j := range jobs {
		j.done <- err
	}
	return err
}
