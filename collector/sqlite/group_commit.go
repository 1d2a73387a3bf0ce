package sqlite

import (
	"sync/atomic"

	"github.com/throughline/throughline/collector/event"
)

// job is a batch in line.
type job struct {
	batch   event.Batch
	settled atomic.Bool
	done    chan error
}

func newJob(batch event.Batch) *job { return &job{batch: batch, done: make(chan error, 1)} }

// take is for whoever settles the job: the writer, or the client that gives up. One of them gets it.
func (j *job) trySettle() bool { return j.settled.CompareAndSwap(false, true) }

// One commit takes at most so much, so that nobody waits long for those in front.
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

// gather takes the requests that came while the last commit waited for the disk.
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
	changes, err := s.writer.insert(jobs, s.config.Now().UnixMilli())
	if err == nil {
		s.config.OnCommit(changes)
	}
	for _, j := range jobs {
		j.done <- err
	}
	return err
}
